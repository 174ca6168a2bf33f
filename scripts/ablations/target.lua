-- What should a searcher's model be fitted to, the scores or their ranks? And does a Gaussian
-- process do better under bo than the network? On NAS-Bench-201 (CIFAR-10, 12 epochs observed) or
-- on all of NAS-Bench-101 (one run observed).
local nv = require "nasvec"
local tables = require "tables"

local p = nv.params ({
  space = "nasbench201", encoders = { "onehot", "vgae" }, seeds = 30, encoder_seeds = 3,
  cells = 100, workers = 0, store = "target.db", out = "",
}, {
  space = "nasbench201 or nasbench101", encoders = "that are searched",
  cells = "that a run evaluates", workers = "threads; 0: one per core",
  seeds = "runs per arm", encoder_seeds = "pre-trainings of vgae, shared by the runs",
})
local benchmark, batch = tables (p.space)

local encoders, searchers = {}, {}
for i, name in ipairs (p.encoders) do
  encoders[i] = nv.encoder (name)
end
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
  benchmark     = benchmark,
  encoder       = encoders,
  searcher      = searchers,
  budget        = { cells = p.cells },
  seeds         = p.seeds,
  encoder_seeds = p.encoder_seeds,
  workers       = p.workers,
  store         = p.store,
}:run ():report (p.out ~= "" and p.out or nil)
