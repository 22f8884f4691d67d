-- needs: runs
-- one file a run, so that recording a run never rewrites another's
create view runs as select * from read_parquet(beside('runs/*.parquet')) order by started_at;
