-- needs: judgements
-- what people said of the decisions: of each filter, how often they agreed where they looked
create view judged as
select outcome, filter, count(*) as judged, count(*) filter (agreed) as agreed
from judgements
group by outcome, filter
order by outcome, judged desc, filter;
