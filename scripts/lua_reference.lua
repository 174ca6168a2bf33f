-- Writes the second half of docs/lua.md, what every plugin is and which options it has, from the
-- parameter tables. With check=true, compares instead: the exit code is 1 where they differ.
local nv = require "nasvec"

local p = nv.params ({ file = "docs/lua.md", check = false }, {
  file = "the document, whose text above the mark is kept",
  check = "compare, and write nothing",
})
local mark = "<!-- From here on written by scripts/lua_reference.lua. -->\n"

local titles = {
  { "space", "Spaces" }, { "benchmark", "Benchmarks" }, { "encoder", "Encoders" },
  { "searcher", "Searchers" },
}

local function reference ()
  local out, all = {}, nv.plugins ()
  for _, title in ipairs (titles) do
    out[#out + 1] = ("\n## %s: what there is\n"):format (title[2])
    for _, plugin in ipairs (all[title[1]]) do
      out[#out + 1] = ("\n### `%s`\n\n%s%s"):format (
        plugin.name, plugin.summary .. ".\n\n",
        #plugin.params > 0 and plugin.markdown
        or plugin.name == "function" and "No other options.\n" or "No options.\n")
    end
  end
  return table.concat (out)
end

local file = assert (io.open (p.file))
local text = file:read ("a")
file:close ()
local start, stop = text:find (mark, 1, true)
assert (start, p.file .. ": the mark is missing: " .. mark)
local new = text:sub (1, stop) .. reference ()
if not p.check then
  file = assert (io.open (p.file, "w"))
  assert (file:write (new))
  assert (file:close ())
elseif new ~= text then
  error (p.file .. " is not what the plugins say; run scripts/lua_reference.lua", 0)
end
