-- What the tests of this folder share.
local check = {}

-- f (...) raises an error that contains `words` and names a line of the script.
function check.raises (words, f, ...)
  local ok, message = pcall (f, ...)
  assert (not ok, "no error, but one with '" .. words .. "' was expected")
  assert (message:find (words, 1, true), "another error than '" .. words .. "': " .. message)
  assert (message:find ("^[^:]+%.lua:%d+: "), "no script's line: " .. message)
end

function check.equal (a, b)
  if a ~= b then
    error (("%s ~= %s"):format (tostring (a), tostring (b)), 2)
  end
end

function check.near (a, b, tolerance)
  if not (math.abs (a - b) <= tolerance) then
    error (("%s is not within %g of %s"):format (a, tolerance, b), 2)
  end
end

-- An empty folder.
function check.folder (path)
  assert (os.execute (("rm -rf '%s' && mkdir -p '%s'"):format (path, path)))
  return path .. "/"
end

function check.exists (path)
  local file = io.open (path, "rb")
  if file then
    file:close ()
  end
  return file ~= nil
end

return check
