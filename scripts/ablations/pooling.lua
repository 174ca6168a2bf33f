-- Should a cell's vector be the mean of its nodes' codes, all of them, or these and their sum?
-- The mean is what the paper searches on; it forgets which node is where. The sum says what a cell
-- is made of, and onehot, which has learned nothing, has it, too. On NAS-Bench-201
-- (CIFAR-10, 12 epochs observed) or on all of NAS-Bench-101 (one run observed).
local nv = require "nasvec"
local tables = require "tables"

local p = nv.params ({
  space = "nasbench201", poolings = { "mean", "concat", "both" },
  searchers = { "bo", "gradient", "rl" }, surrogate = "gp", cells = 100, seeds = 30,
  first_seed = 0, encoder_seeds = 3, workers = 0, store = "pooling.db", out = "",
}, {
  space = "nasbench201 or nasbench101", poolings = "of vgae, and of onehot, which has no mean",
  searchers = "that work on them", surrogate = "of bo: gp or dngo", cells = "that a run evaluates",
  seeds = "runs per arm", first_seed = "of these", workers = "threads; 0: one per core",
  encoder_seeds = "pre-trainings of vgae, shared by the runs",
})
local benchmark, batch = tables (p.space)

local options = { bo = { surrogate = p.surrogate, batch = batch }, gradient = { batch = batch } }
local encoders, searchers = {}, {}
for i, pooling in ipairs (p.poolings) do
  encoders[i] = nv.encoder ("vgae", { pooling = pooling, label = "vgae " .. pooling })
end
for _, pooling in ipairs (p.poolings) do
  if pooling ~= "mean" then
    encoders[#encoders + 1]
      = nv.encoder ("onehot", { pooling = pooling, label = "onehot " .. pooling })
  end
end
for i, name in ipairs (p.searchers) do
  searchers[i] = nv.searcher (name, options[name])
end

nv.study {
  name          = "pooling",
  benchmark     = benchmark,
  encoder       = encoders,
  searcher      = searchers,
  budget        = { cells = p.cells },
  seeds         = p.seeds,
  first_seed    = p.first_seed,
  encoder_seeds = p.encoder_seeds,
  workers       = p.workers,
  store         = p.store,
  baseline      = encoders[1].label .. " + " .. p.searchers[1],
}:run ():report (p.out ~= "" and p.out or nil)
