-- Does pre-training help? Three encoders under four searchers on NAS-Bench-201. The accuracies are
-- nasvec's own, on Fashion-MNIST: the table comes with it. With dataset=cifar10 they are those of
-- nasbench201.csv.gz in NASVEC_DATA: validation after 12 epochs is observed, test after 200 reported.
local nv = require "nasvec"

local p = nv.params ({
  dataset = "fashion-mnist", seeds = 10, cells = 0, width = 48, store = "quickstart.db", out = "",
}, {
  dataset = "fashion-mnist or cifar10",
  seeds = "runs per arm",
  cells = "that a run may evaluate; 0: 100, or a third of the table if that is less",
  width = "of supervised, which embeds all cells anew after every score; its default is 128",
  store = "file with everything that was measured",
  out = "folder for curves and tables as CSV; empty: none",
})
local tables = { ["fashion-mnist"] = "fashion-mnist.csv.gz", cifar10 = "nasbench201.csv.gz" }
if not tables[p.dataset] then
  error ("dataset=" .. p.dataset .. ": allowed are fashion-mnist and cifar10", 0)
end

-- Fashion-MNIST: one row for all ways to write a network.
local equivalence = p.dataset == "cifar10" and "string" or "skip_zero"
local space = nv.space ("nasbench201", { equivalence = equivalence })
local bench = space:benchmark {
  kind = "table", file = tables[p.dataset], dataset = p.dataset,
}
local known, all = #bench:rows (), #space:cells ()
local cells = p.cells > 0 and p.cells or math.min (100, known // 3)
print (("table: %s, %d of the space's %d distinct cells; a run evaluates %d"):format (
  tables[p.dataset], known, all, cells))

-- What pre-training does, on all cells of the space. The study finds the encoder in the cache.
local vgae = nv.encoder ("vgae"):fit (space)
local m = vgae:measure { draws = 2000 }
print (("vgae: %.2f %% of the held-out cells reconstructed whole, %.1f %% of the draws valid")
       :format (100 * m.cell, 100 * m.valid / m.draws))

local study = nv.study {
  name      = "quickstart",
  benchmark = bench,
  encoder   = {
    vgae, nv.encoder ("supervised", { hidden = p.width }), nv.encoder ("onehot"),
  },
  searcher  = {
    nv.searcher ("random"), nv.searcher ("rl"), nv.searcher ("bo"), nv.searcher ("gradient"),
  },
  pretrain  = "space",
  budget    = { cells = cells },
  seeds     = p.seeds,
  store     = p.store,
}
study:run ():report (p.out ~= "" and p.out or nil)
