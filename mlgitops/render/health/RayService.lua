-- Healthy once requests are answered by what Git asks for: the operator has taken up this generation, no upgrade is
-- under way and every application of the active and the pending cluster is RUNNING. Ready alone says less: it stays
-- True while an application is redeployed in place, and while a new cluster fails to come up.
-- Argo CD's sandbox has Lua 5.1 with the base and table libraries and, of os, date and time; strings have no methods.
local os = require("os")

local PATIENCE = 20 * 60 -- seconds: pulling images, nodes for GPUs, loading the model
local BLIP = 60          -- seconds without an endpoint while traffic moves between clusters

local function health(status, message)
  return {status = status, message = message}
end

-- A time so many seconds ago, as Kubernetes writes it; the sandbox's os.date knows UTC only for the present.
local function ago(seconds)
  local shift = os.time(os.date("!*t")) - os.time()
  return os.date("%Y-%m-%dT%H:%M:%SZ", os.time() + shift - seconds)
end

local function waiting(message, since)
  if since ~= nil and since < ago(PATIENCE) then
    return health("Degraded", "for more than " .. PATIENCE / 60 .. " minutes: " .. message)
  end
  return health("Progressing", message)
end

local spec, status = obj.spec or {}, obj.status or {}
local active, pending = status.activeServiceStatus or {}, status.pendingServiceStatus or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local function is(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end

-- Why an application failed: it names its deployments, and they know the reason, such as an artifact that is refused.
local function reasons(application)
  local found = {}
  for _, deployment in pairs(application.serveDeploymentStatuses or {}) do
    if (deployment.message or "") ~= "" and deployment.message ~= application.message then
      table.insert(found, deployment.message)
    end
  end
  table.sort(found)
  if (application.message or "") ~= "" then
    table.insert(found, 1, application.message)
  end
  return table.concat(found, " ")
end

-- What applications of both clusters say: how many there are, which have failed, which are on their way.
local function applications()
  local count, failed, unfinished = 0, {}, {}
  for _, cluster in ipairs({active, pending}) do
    for name, application in pairs(cluster.applicationStatuses or {}) do
      local state = application.status or ""
      count = count + 1
      if state == "DEPLOY_FAILED" or state == "UNHEALTHY" then
        local said = reasons(application)
        table.insert(failed, "application " .. name .. " is " .. state .. (said ~= "" and ": " .. said or ""))
      elseif state ~= "RUNNING" then
        table.insert(unfinished, "application " .. name .. " is " .. (state ~= "" and state or "unknown"))
      end
    end
  end
  table.sort(failed)
  table.sort(unfinished)
  return count, table.concat(failed, "; "), table.concat(unfinished, "; ")
end

local ready = conditions.Ready or {}
-- A refused spec first: the operator does not advance observedGeneration for it.
if ready.reason == "ValidationFailed" then
  return health("Degraded", "KubeRay refuses the spec: " .. (ready.message or ""))
end
if ready.reason == "InitializingTimeout" then
  return health("Degraded", "KubeRay has given up, for good: delete the RayService, and Argo CD makes it again")
end
local cluster = spec.rayClusterConfig or {}
if is("Suspended") or spec.suspend == true or cluster.suspend == true then
  return health("Suspended", "suspended: nothing is served")
end
if is("Suspending") then
  return health("Progressing", "being suspended")
end
if ready.status == nil then
  return waiting("KubeRay has not looked at the RayService yet", obj.metadata.creationTimestamp)
end

local not_ready_since = ready.status ~= "True" and ready.lastTransitionTime or nil
if status.observedGeneration ~= obj.metadata.generation then
  return waiting("KubeRay has not taken up the last change yet", not_ready_since)
end

local count, failed, unfinished = applications()
if failed ~= "" then
  return health("Degraded", failed)
end
local detail = unfinished ~= "" and ": " .. unfinished or ""
local upgrade = conditions.UpgradeInProgress or {status = "False"}
if upgrade.status ~= "False" then
  local clusters = (pending.rayClusterName or "a new cluster") .. " is being prepared"
  return waiting(clusters .. detail, upgrade.lastTransitionTime)
end
if is("RollbackInProgress") then
  return health("Progressing", "going back to the cluster of before")
end
if ready.reason == "ZeroServeEndpoints" then
  if ready.lastTransitionTime ~= nil and ready.lastTransitionTime < ago(BLIP) then
    return health("Degraded", "no pod answers requests")
  end
  return health("Progressing", "no pod answers requests at the moment")
end
if ready.status ~= "True" then
  return waiting((ready.message or "not ready") .. detail, not_ready_since)
end
if count == 0 then
  return health("Progressing", "Ray Serve has reported no application yet")
end
if unfinished ~= "" then
  return health("Progressing", unfinished)
end
return health("Healthy", (status.numServeEndpoints or 0) .. " pods answer requests")
