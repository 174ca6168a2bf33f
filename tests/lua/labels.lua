-- Encoders trained on labels, outside of a study.
local nv = require "nasvec"
local check = require "check"
local p = nv.params { tmp = "tmp" }
local tmp = check.folder (p.tmp)
local space = nv.space ("nasbench201")

-- Two of the six operations decide the score; some cells fail.
local asked = 0
local bench = space:benchmark {
  kind = "function",
  fn = function (cell)
    asked = asked + 1
    if cell.ops[3] == "none" then
      return { failed = true }
    end
    return (cell.ops[2] == "nor_conv_3x3" and .5 or 0) + (cell.ops[7] == "none" and .3 or 0)
  end,
}
local cells = space:sample (600, 5)
local size = { hidden = 16, layers = 2, dim = 4, pooling = "mean" }

local function small (name, options, how)
  return nv.encoder (name, options):fit (cells, how)
end

-- 60 labels are 60 cells with a score. The same seed gives the same encoder, which is another than
-- before, and predicts far better. The measure trains it anew for every draw.
local trained = small ("supervised", size, { benchmark = bench, labels = 60, seed = 3 })
assert (asked >= 60 and asked < 120, asked)
local again = small ("supervised", size, { benchmark = bench, labels = 60, seed = 3 })
local random = small ("supervised", size, { seed = 3 })
check.equal (trained:embed (cells)[17][2], again:embed (cells)[17][2])
assert (math.abs (trained:embed (cells)[17][2] - random:embed (cells)[17][2]) > 1e-4)

-- Measured: .57 and .24.
local function predicts (encoder)
  local m = encoder:measure { what = "prediction", benchmark = bench, labels = { 30, 60 },
                              sample = 500 }
  return m.prediction[2].knn.spearman.mean
end
local rho, rho_random = predicts (trained), predicts (random)
assert (rho > rho_random + 0.1, rho .. " " .. rho_random)

-- From a file nobody knows on which: such an embedding has seen what prediction tests.
trained:save (tmp .. "trained.st")
local loaded = nv.encoder ("supervised", size):load (tmp .. "trained.st", cells)
check.equal (loaded:embed (cells)[17][2], trained:embed (cells)[17][2])
check.raises ("trained on labels, which prediction would be tested on", predicts, loaded)

-- vgae is pre-trained before.
local options = { hidden = 16, layers = 2, dim = 4, epochs = 3, pooling = "mean" }
local before = small ("vgae", options):embed (cells)[17][2]
local after = small ("vgae", options, { benchmark = bench, labels = 20 }):embed (cells)[17][2]
assert (math.abs (before - after) > 1e-4)

check.raises ("labels need a benchmark", small, "vgae", options, { labels = 20 })
check.raises ("'labels' is 1", small, "supervised", size, { benchmark = bench, labels = 1 })
check.raises ("onehot cannot be trained on labels", small, "onehot", {}, { benchmark = bench })
check.raises ("601 labels are wanted, but", small, "supervised", size,
              { benchmark = bench, labels = 601 })
check.raises ("the benchmark is of nasbench101", small, "supervised", size, {
  benchmark = nv.space ("nasbench101", { vertices = 4 }):benchmark {
    kind = "function", fn = function () return 1 end,
  },
})
check.raises ("unknown key 'labels'", function ()
  nv.encoder ("supervised"):load ("a.safetensors", cells, { labels = 3 })
end)
