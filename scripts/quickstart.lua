-- Does pre-training help? Three encoders under four searchers on NAS-Bench-201, CIFAR-10: the
-- searchers see the validation accuracy after 12 epochs, the table reports the test accuracy
-- after 200 of the cell that they end with.
local nv = require "nasvec"

local p = nv.params ({ seeds = 10, cells = 100, width = 48, store = "quickstart.db", out = "" }, {
  seeds = "runs per arm", cells = "distinct cells that a run may evaluate",
  width = "of supervised, which embeds all cells anew after every score; its default is 128",
  store = "file with everything that was measured",
  out = "folder for curves and tables as CSV; empty: none",
})

local space = nv.space ("nasbench201")

-- What pre-training does. The study finds the trained encoder in the cache.
local vgae = nv.encoder ("vgae"):fit (space)
local m = vgae:measure { draws = 2000 }
print (("vgae: %.2f %% of the held-out cells reconstructed whole, %.1f %% of the draws valid")
       :format (100 * m.cell, 100 * m.valid / m.draws))

local study = nv.study {
  name      = "quickstart",
  benchmark = space:benchmark {
    kind = "table", file = "nasbench201.csv.gz", dataset = "cifar10", epochs = 12,
  },
  encoder   = {
    vgae, nv.encoder ("supervised", { hidden = p.width }), nv.encoder ("onehot"),
  },
  searcher  = {
    nv.searcher ("random"), nv.searcher ("rl"), nv.searcher ("bo"), nv.searcher ("gradient"),
  },
  budget    = { cells = p.cells },
  seeds     = p.seeds,
  store     = p.store,
}
study:run ():report (p.out ~= "" and p.out or nil)
