-- needs: reformulated, reformulated_decisions, rewrites, splits, topics
-- a rewritten problem shares its parent's topic and split; what became of every candidate, with the first reason of a drop
create view reformulated as
select reformulated_rows.*, topics.topic, topics.topic_by, splits.split
from reformulated_rows
left join splits on splits.problem_id = reformulated_rows.parent_id
left join topics on topics.problem_id = reformulated_rows.parent_id;
create view reformulation as
with first_drops as (
    select problem_id, arg_min(filter || ':' || reason, position) as why
    from reformulated_decisions where not kept group by problem_id
)
select
    source,
    case when refusal is not null then 'refused' when why is not null then 'dropped' else 'kept' end as outcome,
    coalesce(refusal, why) as reason,
    count(*) as rows
from rewrites left join first_drops using (problem_id)
group by all
order by source, rows desc, reason;
