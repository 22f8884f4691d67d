-- needs: difficulty, splits
-- the order of a curriculum: splits with a model's difficulty band, easiest first
create view curriculum as
select splits.problem_id, split, "group", model, sampling, band, estimate, low, high
from splits join difficulty using (problem_id)
where band is not null
order by model, sampling, split, band, estimate desc, problem_id;
