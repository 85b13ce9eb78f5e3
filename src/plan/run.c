#include "plan/run.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

const char *const run_stage_names[N_RUN_STAGES] = {
  [STAGE_READ] = "read",     [STAGE_DEDUPLICATE] = "deduplicate", [STAGE_ACCOUNT] = "account",
  [STAGE_SILVER] = "silver", [STAGE_QUARANTINE] = "quarantine",   [STAGE_GOLD] = "gold",
  [STAGE_COMMIT] = "commit",
};

const char *const on_fail_names[] = {
  [ON_FAIL_QUARANTINE] = "quarantine", [ON_FAIL_DROP] = "drop", [ON_FAIL_WARN] = "warn", [ON_FAIL_FAIL] = "fail"
};

void run_alert(struct run *run, const char *kind, const char *format, ...)
{
  char message[2048];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof(message), format, arguments);
  va_end(arguments);
  run->alerts = arena_grow(run->arena, run->alerts, run->n_alerts, &run->alert_capacity, sizeof(*run->alerts));
  run->alerts[run->n_alerts++] =
      (struct run_alert){ .kind = kind, .message = arena_copy(run->arena, message, strlen(message)) };
  log_warning("alert", "%s", message);
}

bool run_balance(const struct run *run, struct error *err)
{
  uint64_t accounted =
      run->rows.malformed + run->rows.duplicates + run->rows.passed + run->rows.quarantined + run->rows.dropped;
  if (accounted == run->rows.read + run->rows.exploded)
    return true;
  return fail(err, ERROR_DEFECT, NOWHERE,
              "the books do not balance: %" PRIu64 " records were read, %" PRIu64 " rows exploded of them, %" PRIu64
              " are accounted for (%" PRIu64 " malformed, %" PRIu64 " duplicates, %" PRIu64 " passed, %" PRIu64
              " quarantined, %" PRIu64 " dropped)",
              run->rows.read, run->rows.exploded, accounted, run->rows.malformed, run->rows.duplicates,
              run->rows.passed, run->rows.quarantined, run->rows.dropped);
}
