-- Encoders outside of a study: fit, embed, measure, save, load; options with and without.
local nv = require "nasvec"
local check = require "check"
local p = nv.params { tmp = "tmp" }
local tmp = check.folder (p.tmp)
local space = nv.space ("nasbench201")
local cells = space:sample (500, 3)

check.raises ("no encoder 'vgea'", nv.encoder, "vgea")
check.raises ("unknown option 'dims'", nv.encoder, "vgae", { dims = 8 })
check.raises ("'dim' is 'eight'", nv.encoder, "vgae", { dim = "eight" })
check.raises ("'dim' is 0", nv.encoder, "vgae", { dim = 0 })
check.raises ("'joint' is 1; allowed is true or false", nv.encoder, "vgae", { joint = 1 })
check.raises ("options are written key = value", nv.encoder, "vgae", { 8 })
check.raises ("dim is a table; a number", nv.encoder, "vgae", { dim = { 8 } })
check.raises ("the name of a plugin is expected, not a nil", nv.encoder)

-- Two of the same options and seed agree; another seed does not.
local options = { dim = 5, epochs = 20, lr = 0.003, pooling = "mean" }
local function small (how)
  return nv.encoder ("vgae", options):fit (cells, how)
end
local vgae, again, other = small { seed = 7 }, small { seed = 7 }, small { seed = 8 }
check.equal (again.cached, true)
local a, b, c = vgae:embed (cells), again:embed (cells), other:embed (cells)
check.equal (#a, 500)
check.equal (#a[1], 5)
local apart = 0
for i = 1, 500 do
  for d = 1, 5 do
    check.equal (a[i][d], b[i][d])
    apart = apart + math.abs (a[i][d] - c[i][d])
  end
end
assert (apart > 1e-3)
check.raises ("'held_out' is 2", small, { held_out = 2 })
check.raises ("unknown key 'sead'; did you mean 'seed'?", small, { sead = 2 })
check.raises ("is not allowed; a space or a set of its cells", vgae.embed, vgae, "cells")
check.raises ("fit () or load () it first", function () nv.encoder ("vgae"):embed (cells) end)
check.raises ("fit () or load () it first", function () nv.encoder ("supervised"):embed (cells) end)

-- There is nothing to fit in onehot: it embeds cells of any space.
local bare = nv.encoder ("onehot")
check.equal (#bare:embed (cells)[500], 91)
check.equal (#bare:embed (nv.space ("nasbench101", { vertices = 4 }):sample (3))[1], 5 * 5 + 6)
check.equal (bare:embed (cells, tmp .. "onehot.npy"), bare)

-- .npy: magic, header, one float per value.
vgae:embed (cells, tmp .. "a.npy")
local file = assert (io.open (tmp .. "a.npy", "rb"))
local bytes = file:read ("a")
file:close ()
check.equal (bytes:sub (1, 6), "\x93NUMPY")
assert (bytes:find ("'descr': '<f4', 'fortran_order': False, 'shape': (500, 5), }", 1, true))
check.equal (#bytes % 64, 500 * 5 * 4 % 64)
local data = bytes:sub (#bytes - 500 * 5 * 4 + 1)
check.equal (string.unpack ("<f", data, 1 + 4 * 5 * 238), a[239][1])
check.raises ("a.npy", vgae.embed, vgae, cells, tmp .. "missing/a.npy")

-- Cells of another space, and of the same one with other options.
local four, five = nv.space ("nasbench101", { vertices = 4 }), nv.space ("nasbench101", { vertices = 5 })
local of_five = nv.encoder ("onehot"):fit (five:sample (3))
check.raises ("the cells are of nasbench201, but the encoder is for nasbench101", of_five.embed,
              of_five, cells)
check.raises ("the cells are of nasbench101 with vertices = 4, but the encoder is for nasbench101 "
              .. "with vertices = 5", of_five.embed, of_five, four:sample (3))

-- Weights go through a file.
vgae:save (tmp .. "a.safetensors")
local loaded = nv.encoder ("vgae", options):load (tmp .. "a.safetensors", cells)
check.equal (loaded:embed (cells)[239][3], a[239][3])
check.raises ("missing.safetensors", function ()
  nv.encoder ("vgae", options):load (tmp .. "missing.safetensors", cells)
end)
check.raises ("a.safetensors", function ()
  nv.encoder ("vgae", { dim = 6, epochs = 20, lr = 0.003 }):load (tmp .. "a.safetensors", cells)
end)

-- Measures.
local m = vgae:measure { draws = 300, seed = 4 }
check.equal (m.draws, 300)
assert (m.node > 0.3 and m.node <= 1 and m.cell <= m.edge and m.valid <= m.valid_paper)
assert (m.distinct <= m.valid and m.novel <= m.distinct)
local whole = vgae:measure { cells = cells, draws = 0 }
check.equal (whole.draws, 0)
assert (whole.edge > 0.5)
check.raises ("unknown key 'draw'", vgae.measure, vgae, { draw = 3 })
check.raises ("'cells' is 'all'", vgae.measure, vgae, { cells = "all" })
check.raises ("onehot", function () nv.encoder ("onehot"):fit (cells):measure () end)

-- What an encoder is worth beside that. The score counts letters of the ops.
local bench = space:benchmark {
  kind = "function",
  fn = function (cell) return #table.concat (cell.ops) end,
}
local all = vgae:measure {
  what = { "prediction", "smoothness", "coverage", "interpolation" }, benchmark = bench,
  labels = { 30, 60 }, sample = 400, walks = 5, points = 40, pairs = 7, steps = 5,
}
check.equal (all.cell, nil)
check.equal (all.sample.cells, 400)
check.equal (all.sample.of, 15625)
check.equal (all.prediction.score, "observed")
check.equal (all.prediction[2].labels, 60)
check.equal (all.prediction[2].tested, 340)
local figure = all.prediction[2]
assert (math.abs (figure.gp.kendall.mean) <= 1 and figure.ridge.rmse.mean > 0)
assert (figure.ridge.spearman.mean > 0.1, figure.ridge.spearman.mean)
assert (all.smoothness.low <= all.smoothness.spearman and all.smoothness.spearman <= all.smoothness.high)
check.equal (#all.smoothness.autocorrelation.space, 10)
assert (all.smoothness.neighbours >= 0 and all.smoothness.neighbours <= 1)
check.equal (#all.coverage.grids, 3)
check.equal (all.coverage.grids[2].side, 6)
check.equal (all.coverage.decoded.box.points, 40)
check.equal (all.interpolation.pairs, 7)
assert (all.interpolation.distinct <= 5 and all.interpolation.jump <= 6)
local plain = nv.encoder ("onehot"):fit (cells)
local some = plain:measure { what = { "coverage", "smoothness" }, sample = 300, walks = 4 }
check.equal (some.coverage.decoded.box.points, 0)
assert (some.smoothness.autocorrelation.space[1] ~= some.smoothness.autocorrelation.space[1])
check.equal (plain:measure { what = "prediction", benchmark = bench, labels = 20,
                             sample = 100 }.prediction[1].labels, 20)
check.raises ("prediction needs a benchmark", plain.measure, plain, { what = "prediction" })
check.raises ("'what' is 'speed'; allowed is 'coverage', 'interpolation'", plain.measure, plain,
              { what = "speed" })
check.raises ("'what' is a table", plain.measure, plain, { what = {} })
check.raises ("'labels' is a table; allowed is a whole number", plain.measure, plain,
              { what = "prediction", benchmark = bench, labels = { 20, 2.385 } })
check.raises ("prediction: 51 labels, but 100 cells have a score; allowed are 2 to 50",
              plain.measure, plain, { what = "prediction", benchmark = bench, labels = 51, sample = 100 })
check.raises ("prediction: 3 cells have a score; at least 4 are needed", plain.measure, plain,
              { what = "prediction", benchmark = bench, labels = 2, sample = 3 })
check.raises ("'repeats' is 9", plain.measure, plain, { repeats = 9 })
check.raises ("'benchmark' is 'cifar10'", plain.measure, plain, { benchmark = "cifar10" })
check.raises ("cannot decode; interpolation", plain.measure, plain, { what = "interpolation" })
local small = nv.space ("nasbench101", { vertices = 4 })
check.raises ("the benchmark is of nasbench101", plain.measure, plain, {
  benchmark = small:benchmark { kind = "function", fn = function () return 1 end },
})

check.raises ("'cells' is a nasvec.cells; allowed is a set of cells that is not empty",
              vgae.measure, vgae, { cells = space:sample (0) })
check.raises ("load: a file name that is not empty is expected, not a nil", vgae.load, vgae,
              nil, cells)
check.raises ("save: a file name that is not empty is expected, not a nil", vgae.save, vgae)
check.raises ("embed: a file name that is not empty is expected, not a table", vgae.embed, vgae,
              cells, {})
check.raises ("embed: a file name that is not empty is expected, not ''", vgae.embed, vgae,
              cells, "")
