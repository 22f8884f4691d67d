-- needs: strict, splits, topics, base; lacks: difficulty
-- before a model was asked, the macros that need its solve rates say what to run
create macro strict_band(lo, hi) as table
select * from strict where error('no solve rates yet, run: bigmath score strict');

create macro solve_curve(width) as table
select * from strict where error('no solve rates yet, run: bigmath score strict');
