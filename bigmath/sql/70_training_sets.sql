-- needs: sft
-- each kind of SFT set by its own name
create view sft_cot as select * from sft where kind = 'cot';
create view sft_star as select * from sft where kind = 'star';
create view sft_meta_star as select * from sft where kind = 'meta_star';
create view sft_revision as select * from sft where kind = 'revision';
create view sft_back as select * from sft where kind = 'back';
create view sft_masked_back as select * from sft where kind = 'masked_back';
