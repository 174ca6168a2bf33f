-- What the scripts of test_errors.c share; it lies beside them as prelude.lua.
local nv = require "nasvec"
local pre = { space = nv.space ("nasbench201") }

local edges = { "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3" }

-- The i-th of some cells, i < 125.
function pre.cell (i)
  return ("|%s~0|+|%s~0|none~1|+|none~0|%s~1|none~2|"):format (
    edges[i % 5 + 1], edges[i // 5 % 5 + 1], edges[i // 25 + 1])
end

-- A table of n cells; `lines` replaces some of its lines.
function pre.csv (file, n, lines)
  local out = assert (io.open (file, "w"))
  out:write ("cell,val,test,seconds\n")
  for i = 1, n do
    out:write (lines and lines[i] or ("%s,%g,%g,%d"):format (pre.cell (i), .5 + i / 1000,
                                                             .4 + i / 1000, 100 + i), "\n")
  end
  out:close ()
  return file
end

function pre.bench (options)
  local all = { kind = "table", cell = "cell", observed = "val", test = "test",
                seconds = "seconds" }
  for key, value in pairs (options) do
    all[key] = value
  end
  return pre.space:benchmark (all)
end

function pre.study (changes)
  local all = {
    name = "s", budget = { cells = 5 }, seeds = 2, workers = 1,
    encoder = nv.encoder ("onehot"), searcher = nv.searcher ("random"),
  }
  for key, value in pairs (changes) do
    all[key] = value
  end
  all.benchmark = all.benchmark or pre.bench { file = pre.csv ("good.csv", 50) }
  return nv.study (all):run ()
end

-- An external program, written to a file, as a benchmark.
function pre.command (text, timeout)
  local file = assert (io.open ("command.sh", "w"))
  file:write (text)
  file:close ()
  return pre.space:benchmark { kind = "command", command = "sh command.sh", timeout = timeout }
end

pre.encoder = nv.encoder ("vgae", { dim = 5, epochs = 1 })

-- A good safetensors file with another header: `change` gets the header's text. Loads it.
function pre.load_changed (change, cut)
  local cells = pre.space:sample (64, 1)
  pre.encoder:fit (cells):save ("good.safetensors")
  local file = assert (io.open ("good.safetensors", "rb"))
  local bytes = file:read ("a")
  file:close ()
  local header, data = string.unpack ("<s8", bytes)
  local new = change (header)
  file = assert (io.open ("changed.safetensors", "wb"))
  file:write ((type (new) == "string" and string.pack ("<s8", new) or string.pack ("<I8", new)
               .. header) .. bytes:sub (data, cut))
  file:close ()
  pre.encoder:load ("changed.safetensors", cells)
end

return pre
