-- nv.params: the parameters of a script, their defaults and what the command line says of them.
-- Called with `core`, the functions in C, and with what nasvec.lua has for checks.

local core, checks = ...
local fail, show, sorted_keys, is_list = checks.fail, checks.show, checks.sorted_keys,
                                         checks.is_list

local params_read = false

-- "a,b" for a list, else as Lua writes it.
local function write_value (value)
  if type (value) == "table" then
    return table.concat (value, ",")
  end
  return tostring (value)
end

local function finite (word)
  local value = tonumber (word)
  return value and value - value == 0 and value or nil
end

-- A list of numbers has one sort of them: 2 and 2.0 are the same parameter, and written alike.
local function alike (list)
  local float, out = false, {}
  for _, item in ipairs (list) do
    float = float or math.type (item) == "float"
  end
  for i, item in ipairs (list) do
    out[i] = float and item + 0.0 or item
  end
  return out, float
end

local function read_list (word, default)
  local list, numbers = {}, type (default[1]) == "number"
  local _, float = alike (default)
  for item in word:gmatch ("[^,]+") do
    local value = item
    if numbers then
      value = finite (item)
      if value == nil then
        return nil
      end
      value = float and value + 0.0 or math.tointeger (value) or value
    end
    list[#list + 1] = value
  end
  return #list > 0 and list or nil
end

-- Numbers or strings, at least one.
local function is_values (t)
  if next (t) == nil or not is_list (t) then
    return false
  end
  for _, item in ipairs (t) do
    if type (item) ~= type (t[1]) or (type (item) ~= "number" and type (item) ~= "string") then
      return false
    end
  end
  return true
end

-- What kind of value a parameter has, how a word of the command line becomes one.
local function reader (default)
  if math.type (default) == "integer" then
    return "a whole number", function (word) return math.tointeger (tonumber (word)) end
  elseif type (default) == "number" then
    return "a finite number", function (word)
      local value = finite (word)
      return value and value + 0.0
    end
  elseif type (default) == "boolean" then
    local words = { ["true"] = true, ["false"] = false }
    return "true or false", function (word) return words[word] end
  elseif type (default) == "string" then
    return "text", function (word) return word end
  elseif type (default) == "table" and is_values (default) then
    return "a list a,b,c of " .. type (default[1]) .. "s",
           function (word) return read_list (word, default) end
  end
end

-- The comment that the script starts with.
local function print_about ()
  for line in core.text:gmatch ("([^\n]*)\n") do
    local about = line:match ("^%-%- ?(.*)$")
    if about then
      print (about)
    elseif not line:match ("^#!") then
      break
    end
  end
end

local function print_params (defaults, help)
  print_about ()
  print ("\nparameters (KEY=VALUE after the script's name):")
  for _, key in ipairs (sorted_keys (defaults)) do
    print (string.format ("  %-32s %s", key .. "=" .. write_value (defaults[key]),
                          help[key] or ""))
  end
  core.finish ()
end

local function set_param (values, given, defaults, word)
  local key, value = word:match ("^([^=]+)=(.*)$")
  if defaults[key] == nil then
    fail ("unknown parameter '%s'; %s", key, core.suggestion (key, sorted_keys (defaults)))
  elseif given[key] then
    fail ("parameter '%s' is given twice", key)
  end
  local kind, read = reader (defaults[key])
  given[key], values[key] = true, nil
  if utf8.len (value) then
    values[key] = read (value)
  end
  if values[key] == nil then
    fail ("parameter '%s' is '%s'; allowed is %s, as in %s=%s", key, value, kind, key,
          write_value (defaults[key]))
  end
end

-- A copy of the defaults.
local function check_defaults (defaults)
  local values = {}
  if type (defaults) ~= "table" then
    fail ("nv.params: a table { key = default, ... } is expected, not %s", show (defaults))
  end
  for key, value in pairs (defaults) do
    if type (key) ~= "string" or not key:match ("^[%a_][%w_]*$") then
      fail ("nv.params: %s is no name of a parameter; allowed are letters, digits and _, as in "
            .. "{ key = default }", show (key))
    elseif not reader (value) then
      fail ("nv.params: '%s' is %s; allowed is a number, a string, true, false or a list of "
            .. "numbers or strings", key, show (value))
    end
    values[key] = type (value) == "table" and alike (value) or value
  end
  return values
end

local function check_help (help, defaults)
  if type (help) ~= "table" then
    fail ("nv.params: a table { key = text, ... } of help is expected, not %s", show (help))
  end
  for key, line in pairs (help) do
    if defaults[key] == nil then
      fail ("nv.params: there is help for '%s', which is no parameter; %s", tostring (key),
            core.suggestion (tostring (key), sorted_keys (defaults)))
    elseif type (line) ~= "string" then
      fail ("nv.params: the help for '%s' is %s; allowed is a string", key, show (line))
    end
  end
end

-- The parameters of the script: `defaults`, with what the command line says. `help` (may be nil)
-- has a line for each, shown by `nasvec run SCRIPT --help`. And the set of those that it does say.
return function (defaults, help)
  if params_read then
    fail ("nv.params: a script calls it once")
  end
  params_read = true
  local arguments = core.arguments ()
  local values, given = check_defaults (defaults), {}
  check_help (help or {}, defaults)
  if core.help then
    print_params (values, help or {})
  end
  for _, word in ipairs (arguments) do
    set_param (values, given, defaults, word)
  end
  for _, key in ipairs (sorted_keys (values)) do
    core.parameter (key, write_value (values[key]))
  end
  return values, given
end
