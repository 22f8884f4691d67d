-- needs: label_suspects, problems, strict
-- one row a problem: every sign that its reference answer may be wrong, and whether it is in strict all the same
create view label_suspect as
select
    problem_id, l.source, p.answer, list(l.reason order by l.reason) as signs,
    list(l.detail order by l.reason) as details, max(other_id) as other_id, bool_or(s.problem_id is not null) as strict
from label_suspects l join problems p using (problem_id)
left join (select problem_id from strict_rows) s using (problem_id)
group by problem_id, l.source, p.answer
order by len(signs) desc, problem_id;
