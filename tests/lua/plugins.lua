-- nv.plugins (): the registry as a table.
local nv = require "nasvec"
local check = require "check"
nv.params { tmp = "" }
local all = nv.plugins ()

local function find (list, name)
  for _, item in ipairs (list) do
    if item.name == name then
      return item
    end
  end
  error ("no " .. name)
end

for _, kind in ipairs { "space", "encoder", "searcher", "benchmark" } do
  assert (#all[kind] >= 1, kind)
  for _, plugin in ipairs (all[kind]) do
    assert (plugin.name:match ("^[a-z][a-z0-9_]*$"))
    assert (#plugin.version > 0 and #plugin.summary > 0)
  end
end
find (find (all.benchmark, "table").params, "noise")
check.equal (#find (all.benchmark, "function").params, 0)
local dim = find (find (all.encoder, "vgae").params, "dim")
check.equal (dim.default, 16)
assert (dim.min >= 1 and dim.max > 16 and #dim.help > 0)
assert (nv.version:match ("^%d+%.%d+%.%d+$"))
