-- A study whose benchmark trains networks, on images that this script writes.
local nv = require "nasvec"
local check = require "check"
local p = nv.params { tmp = "tmp" }
local tmp = check.folder (p.tmp)

local function write (name, text)
  local file = assert (io.open (tmp .. name, "wb"))
  file:write (text)
  file:close ()
end

-- Images of 4 x 4 pixels in two classes: a bright upper or lower half.
local function write_part (name, n)
  local pixels, labels = {}, {}
  for i = 0, n - 1 do
    local upper, lower = string.char (200 + i % 50):rep (8), string.char (i % 40):rep (8)
    pixels[#pixels + 1] = i % 2 == 0 and upper .. lower or lower .. upper
    labels[#labels + 1] = string.char (i % 2)
  end
  write (name .. "-images-idx3-ubyte",
         string.pack (">I4I4I4I4", 0x803, n, 4, 4) .. table.concat (pixels))
  write (name .. "-labels-idx1-ubyte",
         string.pack (">I4I4", 0x801, n) .. table.concat (labels))
end
write_part ("train", 60)
write_part ("t10k", 20)

local space = nv.space ("nasbench201")
local options = {
  kind = "train", data = tmp, size = 0, images = 40, validation = 20, width = 2, stages = 1, epochs = 3,
  batch = 8, rate = 0.1,
}
local ok, bench = pcall (space.benchmark, space, options)
if not ok then
  assert (tostring (bench):find ("built without oneDNN", 1, true), bench)
  return
end

local study = nv.study {
  name = "train", store = tmp .. "train.db", benchmark = bench,
  encoder = nv.encoder ("onehot"), searcher = { nv.searcher ("random"), nv.searcher ("local") },
  budget = { cells = 4 }, seeds = 2, workers = 2,
}
study:run ():report (tmp .. "out")
local file = assert (io.open (tmp .. "out/runs.csv"))
local text = file:read ("a")
file:close ()
local _, rows = text:gsub ("\n", "")
check.equal (rows, 5)

local function changed_by (changes)
  local changed = {}
  for key, value in pairs (options) do
    changed[key] = value
  end
  for key, value in pairs (changes) do
    changed[key] = value
  end
  return changed
end

-- A rate at which every cell with a weight diverges: failed cells without a score.
nv.study {
  name = "diverging", store = tmp .. "diverging.db", benchmark = space:benchmark (changed_by { rate = 1e9 }),
  encoder = nv.encoder ("onehot"), searcher = nv.searcher ("random"), budget = { cells = 3 },
  seeds = 1, workers = 1,
}:run ():report (tmp .. "diverging")
file = assert (io.open (tmp .. "diverging/runs.csv"))
text = file:read ("a")
file:close ()
-- ...,cells,seconds,wall,duplicates,invalid,failed,observed,test
assert (text:find (",budget,3,[%d.]+,[%d.]+,0,0,3,,\n"), text)

local function fails (changes, message)
  local changed = changed_by (changes)
  local fine, why = pcall (space.benchmark, space, changed)
  assert (not fine and tostring (why):find (message, 1, true), why)
end
fails ({ images = 41 }, "the training file has 60")
fails ({ size = 3 }, "a divisor of that is allowed")
fails ({ data = tmp .. "nowhere" }, "no images in")

-- Other images under the same path: the store does not go on with them.
write_part ("t10k", 18)
check.raises ("data_sha256 is", function ()
  local done = nv.study {
    name = "train", store = tmp .. "train.db", benchmark = space:benchmark (options),
    encoder = nv.encoder ("onehot"), searcher = { nv.searcher ("random"), nv.searcher ("local") },
    budget = { cells = 4 }, seeds = 2, workers = 2,
  }:run ()
  return done
end)
