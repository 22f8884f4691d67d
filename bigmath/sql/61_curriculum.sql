-- needs: difficulty, splits
-- the order of a curriculum: splits with a model's difficulty band, easiest first
create view curriculum as
select splits.problem_id, split, "group", model, sampling, band, estimate, low, high
from splits join difficulty using (problem_id)
where band is not null
-- a problem scored in two tables has its rollouts in both: the larger count holds the smaller
qualify row_number() over (partition by problem_id, model, sampling order by n desc) = 1
order by model, sampling, split, band, estimate desc, problem_id;
