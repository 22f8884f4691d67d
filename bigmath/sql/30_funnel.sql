-- needs: decisions
-- rows that leave at each filter, in the run's order; the first drop of a row is the one of the lowest position
create view funnel as
with asked as (
    select source, position, filter, stage, count(*) as asked, count(*) filter (not kept) as "all"
    from decisions
    group by source, position, filter, stage
),
first_drops as (
    select source, position, count(*) as first
    from (select source, problem_id, min(position) as position from decisions where not kept group by all)
    group by source, position
)
select
    source, position, filter, stage, asked, coalesce(first, 0) as first, "all",
    asked - sum(coalesce(first, 0)) over (partition by source order by position) as "left"
from asked left join first_drops using (source, position)
order by source, position;
