-- needs: difficulty
-- difficulty bands by solve rate, easiest first, beside the shares of the Big-Math release (Llama-3.1-8B, 64 rollouts)
create view quintiles as
with released(band, released_share) as (
    values (1, 0.2864), (2, 0.1216), (3, 0.1026), (4, 0.1244), (5, 0.3650)
)
select
    model, sampling, band, count(*) as problems,
    count(*) / sum(count(*)) over (partition by model, sampling) as share, released_share
from difficulty join released using (band)
group by model, sampling, band, released_share
order by model, sampling, band;

-- accuracy and tokens by source and level: the shape of Figure 1 of arXiv 2501.04682
create view difficulty_by_level as
select
    model, sampling, source, level, count(*) as problems, avg(solve_rate) as accuracy, avg(mean_tokens) as mean_tokens,
    avg(truncated) as truncated, sum(tokens) as tokens
from difficulty
where n > 0
group by model, sampling, source, level
order by model, sampling, source, level;

-- several models side by side: for each problem its estimates by model
create view models as
select
    problem_id, source, map(list(model order by model, sampling), list(estimate order by model, sampling)) as estimates,
    max(estimate) - min(estimate) as gap
from difficulty
where estimate is not null
group by problem_id, source;

-- references that rollouts contradict: most of a problem's rollouts agree on one other answer
create view suspected_references as
select problem_id, source, model, n, correct, other_answer, other_votes, agreement
from difficulty
where label_suspect
order by other_votes / n desc, problem_id;
