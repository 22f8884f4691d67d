-- needs: difficulty, strict, splits, topics, base
-- strict by how a model fares on it; a problem that several models were asked is there once for each
create macro strict_band(lo, hi) as table
select strict.*, d.model, d.n, d.estimate, d.low, d.high
from strict join difficulty d using (problem_id)
where d.estimate between lo and hi
order by d.estimate, problem_id, d.model;

create macro solve_curve(width) as table
select model, least(floor(estimate / width), ceil(1 / width) - 1) * width as rate, count(*) as problems
from strict join difficulty using (problem_id)
where estimate is not null
group by all
order by model, rate;
