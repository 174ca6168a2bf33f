-- Search on DARTS without a table: every proposed cell is trained for real, on Fashion-MNIST at
-- a reduced scale. arch2vec's encoder under BO and RL against random search with the same number
-- of cells and the same first ones. Needs oneDNN and Debian's package dataset-fashion-mnist.
local nv = require "nasvec"

local p = nv.params ({
  cells = 40, seeds = 3, pool = 20000, pretraining = 8, images = 5000, epochs = 4, width = 4,
  workers = 0, out = "darts_search",
}, {
  cells = "that a run trains", seeds = "runs per arm", pool = "cells to pre-train on and search",
  pretraining = "epochs of the encoder", images = "training images", epochs = "of a training",
  width = "channels of the first cell", workers = "threads; 0: one per core",
  out = "folder for the store and the report",
})

local space = nv.space ("darts")
nv.study {
  name      = "darts",
  benchmark = space:benchmark {
    kind = "train", images = p.images, epochs = p.epochs, validate = p.epochs, width = p.width,
    batch = 64, label = "Fashion-MNIST, trained",
  },
  encoder   = nv.encoder ("vgae", { epochs = p.pretraining }),
  searcher  = { nv.searcher ("random"), nv.searcher ("bo"), nv.searcher ("rl") },
  budget    = { cells = p.cells },
  seeds     = p.seeds,
  pool      = p.pool,
  workers   = p.workers,
  store     = p.out .. ".db",
}:run ():report (p.out)

-- The best cell, and how to go on with it; --check has run no search and written no report.
local report = io.open (p.out .. "/cells.csv")
if not report then
  return
end
local lines = {}
for line in report:lines () do
  lines[#lines + 1] = line
end
report:close ()
local cell = lines[2]:match ("([%w_]+:%d[%w_: ]+),")
print (("\nThe best cell by validation accuracy; drawn, and trained longer:\n\n" ..
        "  nasvec draw darts '%s'\n" ..
        "  nasvec train space=darts cell='%s' width=8 images=55000 batch=64 epochs=8 " ..
        "flip=true\n"):format (cell, cell))
