-- Healthy once the run has succeeded. A stopped run ends as Complete too and has trained nothing. observedGeneration
-- is never set, and edits of a run that has ended are not looked at: a new run has a new name.
local function health(status, message)
  return {status = status, message = message}
end

local spec, status = obj.spec or {}, obj.status or {}
local deployment, job = status.jobDeploymentStatus or "", status.jobStatus or ""
local labels = obj.metadata.labels or {}
local queue = labels["kueue.x-k8s.io/queue-name"]

local function explained(text)
  local reason, message = status.reason or "", status.message or ""
  if reason ~= "" then
    text = text .. " (" .. reason .. ")"
  end
  if message ~= "" then
    text = text .. ": " .. message
  end
  return text
end

if deployment == "ValidationFailed" then
  return health("Degraded", explained("KubeRay refuses the run, for good, and looks at no correction of it"))
end
if deployment == "Failed" or job == "FAILED" and deployment == "Complete" then
  return health("Degraded", explained("the run failed"))
end
if deployment == "Complete" then
  if job == "SUCCEEDED" then
    return health("Healthy", "the run succeeded")
  end
  if job == "STOPPED" then
    return health("Degraded", explained("the run was stopped before it ended, and made no version"))
  end
  return health("Degraded", explained("the run ended without a result, as " .. (job ~= "" and job or "unknown")))
end
if deployment == "Suspended" or deployment == "" and spec.suspend == true then
  if queue ~= nil then
    return health("Suspended", "the run waits in the queue " .. queue)
  end
  return health("Suspended", "the run is suspended")
end
if deployment == "" then
  return health("Progressing", "KubeRay has not looked at the run yet")
end
if deployment == "Retrying" then
  return health("Progressing", explained("an attempt failed, the next one starts"))
end
if deployment == "Running" and job ~= "" then
  return health("Progressing", "the run is " .. job)
end
return health("Progressing", "the run is " .. deployment)
