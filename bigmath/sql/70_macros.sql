-- needs: base, decisions, duplicates, problems, splits, strict, topics
-- what trainers ask most, as table macros: select * from strict_sample(100, 1)
create macro strict_sample(n, seed) as table
select * from strict order by md5(seed || ':' || problem_id) limit n;

create macro family_sample(seed) as table
select strict.*, "group" from strict join splits using (problem_id)
qualify row_number() over (partition by "group" order by md5(seed || ':' || problem_id)) = 1
order by problem_id;

create macro why(id) as table
select problem_id, position, stage, filter, kept, reason, detail
from decisions
where problem_id = id or (starts_with(problem_id, id) and id not in (select problem_id from decisions))
order by problem_id, position;

create macro twins(id) as table
select m.problem_id, m.method, m.cluster, m.keeper, m.similarity, p.answer
from duplicates d join duplicates m using (cluster, method) join problems p on p.problem_id = m.problem_id
where d.problem_id = id or (starts_with(d.problem_id, id) and id not in (select problem_id from duplicates))
order by m.method, m.cluster, not m.keeper, m.problem_id;
