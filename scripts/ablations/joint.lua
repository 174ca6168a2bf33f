-- What does the search add to the encoder? A pre-trained encoder left as it is (frozen), trained
-- on by the search (joint), and one that only the search ever trained (supervised).
--
-- The last two are to differ in the pre-training alone, so `supervised` has the learning rate of
-- `vgae` here, not its own 1e-3. What is left: `vgae` clips its gradient at a norm of 5, which
-- `supervised` has no option for, and `vgae` without it would be pre-trained otherwise, too; it
-- has one more type, of the rows that a smaller cell has not (none, on this space); and under
-- `rl` the statistics of its batch norm are those of the pre-training, where `supervised` takes
-- them from random cells of the pool.
local nv = require "nasvec"

local p = nv.params { seeds = 30, cells = 100, dataset = "cifar100", store = "joint.db", out = "" }

nv.study {
  name      = "joint or frozen",
  benchmark = nv.space ("nasbench201"):benchmark {
    kind = "table", file = "nasbench201.csv.gz", dataset = p.dataset, epochs = 12,
  },
  encoder   = {
    nv.encoder ("vgae", { label = "frozen" }),
    nv.encoder ("vgae", { joint = true, label = "joint" }),
    nv.encoder ("supervised", { lr = 3e-3 }),
  },
  searcher  = { nv.searcher ("bo"), nv.searcher ("gradient"), nv.searcher ("rl") },
  budget    = { cells = p.cells },
  seeds     = p.seeds,
  store     = p.store,
  baseline  = "frozen + bo",
}:run ():report (p.out ~= "" and p.out or nil)
