-- A study as short as one can be that has everything in it: pre-training, joint training, every
-- searcher, a table of results. For valgrind.
local nv = require "nasvec"

local p = nv.params { tmp = "short" }
local store = p.tmp .. "/short.db"
for _, ending in ipairs { "", "-wal", "-shm" } do
  os.remove (store .. ending)
end
local space = nv.space ("nasbench101", { vertices = 4 })

nv.study {
  name      = "short",
  benchmark = space:benchmark {
    kind = "function",
    fn = function (cell) return { score = #cell.edges / (2.385 + #cell.ops), seconds = 1 } end,
  },
  encoder   = {
    nv.encoder ("vgae", { epochs = 1, hidden = 8, layers = 1 }),
    nv.encoder ("supervised", { hidden = 8, layers = 1 }), nv.encoder ("onehot"),
  },
  searcher  = {
    nv.searcher ("random"), nv.searcher ("evolution"), nv.searcher ("local"),
    nv.searcher ("rl", { initial = 3, episode = 4 }), nv.searcher ("bo", { initial = 3 }),
    nv.searcher ("gradient", { initial = 3, epochs = 5 }),
  },
  budget    = { cells = 9 },
  seeds     = 1,
  store     = store,
}:run ():table ()
