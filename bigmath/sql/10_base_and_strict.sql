-- needs: base, strict, splits, topics
-- base and strict as readers want them: the problem's columns, its topic and its training split
create view base as
select base_rows.*, topics.topic, topics.topic_by, splits.split
from base_rows join splits using (problem_id) left join topics using (problem_id);
create view strict as
select strict_rows.*, topics.topic, topics.topic_by, splits.split
from strict_rows join splits using (problem_id) left join topics using (problem_id);
