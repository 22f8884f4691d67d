-- needs: base, strict, splits
-- base and strict as readers want them: the problem's columns and its training split
create view base as select base_rows.*, splits.split from base_rows join splits using (problem_id);
create view strict as select strict_rows.*, splits.split from strict_rows join splits using (problem_id);
