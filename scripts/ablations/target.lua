-- What should a searcher's model be fitted to, the scores or their ranks? And does a Gaussian
-- process do better under bo than the network? On NAS-Bench-201 (CIFAR-10, 12 epochs observed) or
-- on all of NAS-Bench-101 (one run observed).
local nv = require "nasvec"

local p = nv.params ({
  space = "nasbench201", encoders = { "onehot", "vgae" }, seeds = 30, encoder_seeds = 3,
  cells = 100, workers = 0, store = "target.db", out = "",
}, {
  space = "nasbench201 or nasbench101", encoders = "that are searched",
  cells = "that a run evaluates", workers = "threads; 0: one per core",
  seeds = "runs per arm", encoder_seeds = "pre-trainings of vgae, shared by the runs",
})
local tables = {
  nasbench201 = { file = "nasbench201.csv.gz", dataset = "cifar10", epochs = 12 },
  nasbench101 = { file = "nasbench101_full.csv.gz", dataset = "cifar10-full", epochs = 108 },
}
local choice = tables[p.space]
if not choice then
  error ("space=" .. p.space .. ": allowed are nasbench201 and nasbench101", 0)
end
choice.kind = "table"

local encoders, searchers = {}, {}
for i, name in ipairs (p.encoders) do
  encoders[i] = nv.encoder (name)
end
-- On the large pool five cells a round, as in table2.lua.
local batch = p.space == "nasbench101" and 5 or 1
local function add (name, target, more)
  local options = more or {}
  options.target, options.label = target, ("%s%s %s"):format (name, more and " gp" or "", target)
  options.surrogate = more and "gp" or nil
  options.batch = name ~= "rl" and batch or nil
  searchers[#searchers + 1] = nv.searcher (name, options)
end
for _, target in ipairs { "rank", "score" } do
  add ("bo", target)
  add ("bo", target, {})
  add ("gradient", target)
  add ("rl", target)
end

nv.study {
  name          = "target",
  benchmark     = nv.space (p.space):benchmark (choice),
  encoder       = encoders,
  searcher      = searchers,
  budget        = { cells = p.cells },
  seeds         = p.seeds,
  encoder_seeds = p.encoder_seeds,
  workers       = p.workers,
  store         = p.store,
}:run ():report (p.out ~= "" and p.out or nil)
