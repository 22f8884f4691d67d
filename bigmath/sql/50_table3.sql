-- needs: problems, base, strict
-- the shape of Table 3 of arXiv 2501.04682
create view table3 as
select source, count(*) as original, count(b.problem_id) as base, count(s.problem_id) as strict
from problems p
left join (select problem_id from base_rows) b using (problem_id)
left join (select problem_id from strict_rows) s using (problem_id)
group by source
order by source;
