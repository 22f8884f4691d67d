-- needs: problems, rejected, strict_rejected, base, strict
-- every problem read once: strict, base, or dropped, with the stage, filter, reason and evidence of its first drop
create view ledger as
with left_rows as (
    select problem_id, 'dropped' as outcome, stage, filter, reason, detail, reasons from rejected
    union all
    select problem_id, 'base', stage, filter, reason, detail, reasons from strict_rejected
)
select
    p.problem_id, p.source, p.license, coalesce(l.outcome, 'strict') as outcome, l.stage, l.filter, l.reason, l.detail,
    l.reasons
from problems p left join left_rows l using (problem_id);
