-- needs: decisions
create view reasons as
select source, stage, filter, reason, count(*) as rows
from decisions
where not kept
group by source, stage, filter, reason
order by source, rows desc, filter, reason;
