-- Spaces, cells and sets of cells.
local nv = require "nasvec"
local check = require "check"
nv.params { tmp = "" }
local space = nv.space ("nasbench201")

check.equal (space.name, "nasbench201")
check.equal (tostring (space), "space nasbench201")
check.equal (space.nodes, 8)
check.equal (#space.ops, 7)
check.equal (space.ops[1], "input")
check.raises ("nasbench202", nv.space, "nasbench202")
check.raises ("unknown option 'size'", nv.space, "nasbench201", { size = 3 })

-- All cells.
local cells = space:cells ()
check.equal (#cells, 15625)
check.equal (cells[0], nil)
check.equal (cells[15626], nil)
local n = 0
for i, cell in ipairs (cells) do
  n = i
  if i % 2385 == 0 then
    check.equal (space:parse (tostring (cell)), cell)
  end
end
check.equal (n, 15625)

-- One cell.
local text = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|"
local cell = space:parse (text)
check.equal (tostring (cell), text)
check.equal (space:format (cell), text)
check.equal (#cell.ops, 8)
check.equal (cell.ops[2], "nor_conv_3x3")
check.equal (#cell.edges, 10)
check.equal (cell.edges[1][1], 1)
check.equal (cell.edges[1][2], 2)
check.equal (cell.canonical.canonical, cell.canonical)
assert (cell ~= cells[1] or cell ~= cells[2])
check.raises ("conv_9x9", space.parse, space, (text:gsub ("none~2", "conv_9x9~2")))
check.raises ("cell of nasbench201", space.parse, space, 2385)

local valid, reason = space:validate ("|nor_conv_3x3~0|+")
check.equal (valid, false)
check.equal (type (reason), "string")
check.equal (space:validate (text), true)

-- Six edges, four other operations each.
local around = space:neighbours (cell)
check.equal (#around, 24)
check.equal (#space:neighbours (text), 24)
check.equal (around.space.name, "nasbench201")

-- The same seed, the same cells.
local a, b, c = space:sample (23, 5), space:sample (23, 5), space:sample (23, 6)
local same = 0
for i = 1, 23 do
  check.equal (a[i], b[i])
  same = same + (a[i] == c[i] and 1 or 0)
end
assert (same < 5)
check.equal (#space:sample (0), 0)
check.raises ("sample: the number of cells is -1; allowed is 0 to 100000000", space.sample, space, -1)

-- The length of a list is that of what is in it.
for _, length in ipairs { 1 << 61, (1 << 61) + 1, 7 } do
  local list = setmetatable ({ 1, 2 }, { __len = function () return length end })
  check.equal (nv.stats.mean (list), 1.5)
end
