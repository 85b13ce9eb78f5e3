/* The locks that a run takes in PostgreSQL.
 *
 * Of a gold table one run writes at a time: the second waits for an advisory lock, which belongs to the transaction and
 * goes with it. Readers take no notice of it. A lock that conflicts with readers, for ALTER TABLE, is another thing:
 * while it is waited for, all readers that come later wait behind it. So it is asked for with hardly any patience,
 * given up, and asked for again, until it is there or lock_timeout is over. */
#include "warehouse/gold_postgresql.h"
#include "warehouse/postgresql_internal.h"

#include "base/clock.h"
#include "base/log.h"

static const char lock_not_available[] = "55P03";
static const char somebody[] = "a session that has ended meanwhile";

static void add_qualified(const struct plan *plan, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  postgresql_add_table(plan, &name);
  sql_add_string(out, text_buffer_text(&name));
}

/* Who holds, NULL where there is nobody: "process 4711 (crisol 20261125T063801Z-1a2b3c4d, user ana, active since
 * 2026-11-25 06:38:02+00)". Not what they run: it may hold secrets. */
static const char *describe_sessions(struct arena *arena, const struct table *sessions)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  for (size_t row = 0; row < sessions->n_rows; row++) {
    char **cells = &sessions->cells[row * sessions->n_columns];
    text_buffer_printf(&out, "%sprocess %s (%s, user %s, %s since %s)", row == 0 ? "" : ", ", cells[0],
                       cells[1] == NULL || cells[1][0] == '\0' ? "unnamed program" : cells[1],
                       cells[2] == NULL ? "unknown" : cells[2], cells[3] == NULL ? "state unknown" : cells[3],
                       cells[4] == NULL ? "an unknown time" : cells[4]);
  }
  return sessions->n_rows == 0 ? NULL : arena_copy(arena, out.data, out.length);
}

#define SESSIONS                                                                                                       \
  "SELECT DISTINCT a.pid, a.application_name, a.usename, a.state, date_trunc('second', coalesce(a.xact_start, "        \
  "a.backend_start)) FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid WHERE l.granted AND l.pid <> "     \
  "pg_backend_pid() AND "

/* `condition` is on pg_locks, called l. */
static const char *find_holders(struct arena *arena, struct warehouse *warehouse, const char *condition)
{
  struct table sessions = { 0 };
  struct error ignored;
  const char *sql = arena_printf(arena, SESSIONS "%s ORDER BY 5 LIMIT 4", condition);
  if (!postgresql_query(arena, warehouse, sql, &sessions, &ignored))
    log_debug("postgresql", "%s", ignored.message);
  return describe_sessions(arena, &sessions);
}

static const char *find_table_holders(struct arena *arena, struct warehouse *warehouse, const struct plan *plan)
{
  SCOPED(text_buffer_done) struct text_buffer condition = { 0 };
  text_buffer_add_string(&condition, "l.relation = to_regclass(");
  add_qualified(plan, &condition);
  text_buffer_add_char(&condition, ')');
  return find_holders(arena, warehouse, condition.data);
}

static bool is_unavailable(const struct warehouse *warehouse)
{
  const struct postgresql *postgresql = warehouse->connection;
  return strcmp(postgresql->state, lock_not_available) == 0;
}

static bool set_timeout(struct warehouse *warehouse, const char *timeout, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  return postgresql_execute(warehouse, arena_printf(&scratch, "SET LOCAL lock_timeout TO %s", timeout), err);
}

/* the advisory lock of a gold table */

/* The key, as pg_locks has its two halves. */
static void add_key(const struct plan *plan, struct text_buffer *sql)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  text_buffer_add_string(&name, "crisol gold ");
  postgresql_add_table(plan, &name);
  text_buffer_add_string(sql, "hashtextextended(");
  sql_add_string(sql, text_buffer_text(&name));
  text_buffer_add_string(sql, ", 0)");
}

/* An advisory lock of the transaction: what it is for, as messages say it, and what tells in pg_locks who has it. */
struct advisory {
  const char *arguments; /* of pg_advisory_xact_lock */
  const char *held;      /* a condition on pg_locks, called l */
  const char *what, *is_done;
};

static bool take_or_wait(struct warehouse *warehouse, const struct plan *plan, const struct advisory *lock,
                         struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table answer;
  const int limit = plan->config->database->lock_timeout;
  TRY(postgresql_query(&scratch, warehouse,
                       arena_printf(&scratch, "SELECT pg_try_advisory_xact_lock(%s)", lock->arguments), &answer, err));
  if (answer.cells[0][0] == 't')
    return true;
  const char *holders = find_holders(&scratch, warehouse, lock->held);
  log_info("gold", "%s is being %s by another run: %s; waiting for it", lock->what, lock->is_done,
           holders == NULL ? somebody : holders);
  TRY(set_timeout(warehouse, arena_printf(&scratch, "'%ds'", limit), err));
  if (postgresql_execute(warehouse, arena_printf(&scratch, "SELECT pg_advisory_xact_lock(%s)", lock->arguments), err))
    return set_timeout(warehouse, "DEFAULT", err);
  if (!is_unavailable(warehouse))
    return false;
  warehouse_rollback(warehouse);
  postgresql_of(warehouse)->is_transient = false;
  fail(err, ERROR_LOCKED, NOWHERE, "another run has held gold %s for %d s: %s", lock->what, limit,
       holders == NULL ? somebody : holders);
  return add_hint(err, "Try again when it has ended, or wait longer: lock_timeout in database.yml.");
}

bool postgresql_lock_gold(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer key = { 0 };
  add_key(plan, &key);
  const struct advisory lock = {
    .arguments = key.data,
    .held = arena_printf(&scratch,
                         "l.locktype = 'advisory' AND l.objsubid = 1 AND ((l.classid::bigint << 32) | "
                         "l.objid::bigint) = %s",
                         key.data),
    .what = arena_printf(&scratch, "table \"%s\".\"%s\"", plan->dataset->gold.schema, plan->dataset->gold.table),
    .is_done = "written",
  };
  return take_or_wait(warehouse, plan, &lock, err);
}

bool postgresql_lock_definitions(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct advisory lock = {
    .arguments = "hashtext('crisol'), hashtext('definitions')",
    .held =
        "l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid::bigint = hashtext('crisol')::bigint & 4294967295 "
        "AND l.objid::bigint = hashtext('definitions')::bigint & 4294967295",
    .what = arena_printf(&scratch, "schema \"%s\"", plan->dataset->gold.schema),
    .is_done = "made",
  };
  return take_or_wait(warehouse, plan, &lock, err);
}

/* locks that conflict with readers and writers */

static bool set_load_timeout(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  return set_timeout(warehouse, arena_printf(&scratch, "'%ds'", plan->config->database->lock_timeout), err);
}

/* Where nobody holds it, `err` is left as the server wrote it. */
static bool fail_held(struct warehouse *warehouse, const struct plan *plan, const char *what, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *holders = find_table_holders(&scratch, warehouse, plan);
  if (holders == NULL)
    return false;
  postgresql_of(warehouse)->is_transient = false; /* it was waited for */
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "gold table \"%s\".\"%s\" could not be %s: for %d s it was held by %s",
       plan->dataset->gold.schema, plan->dataset->gold.table, what, plan->config->database->lock_timeout, holders);
  return add_hint(err, "Try again when they have ended, or wait longer: lock_timeout in database.yml.");
}

/* Once, with little patience. *ret_taken is false where others hold it; the transaction is as it was. */
static bool try_exclusive(struct warehouse *warehouse, const char *table, bool *ret_taken, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  TRY(postgresql_execute(warehouse, "SAVEPOINT crisol_lock; SET LOCAL lock_timeout TO '100ms'", err));
  *ret_taken =
      postgresql_execute(warehouse, arena_printf(&scratch, "LOCK TABLE %s IN ACCESS EXCLUSIVE MODE", table), err);
  if (*ret_taken)
    return postgresql_execute(warehouse, "RELEASE SAVEPOINT crisol_lock", err);
  return is_unavailable(warehouse) && postgresql_execute(warehouse, "ROLLBACK TO SAVEPOINT crisol_lock", err);
}

static bool pause_for(struct warehouse *warehouse, long milliseconds, struct error *err)
{
  enum { STEP_MS = 50 };
  const struct postgresql *postgresql = warehouse->connection;
  for (; milliseconds > 0; milliseconds -= STEP_MS) {
    if (postgresql->goes_on != NULL)
      TRY(postgresql->goes_on(err));
    if (atomic_load(&postgresql->is_cancelled))
      return fail(err, ERROR_INTERRUPTED, NOWHERE, "the statement was given up");
    clock_sleep_ms(STEP_MS);
  }
  return true;
}

bool postgresql_lock_exclusively(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  enum { LONGEST_MS = 2000 };
  SCOPED(text_buffer_done) struct text_buffer table = { 0 };
  SCOPED(arena_done) struct arena scratch = { 0 };
  int64_t until_ms = clock_ms() + plan->config->database->lock_timeout * INT64_C(1000);
  postgresql_add_table(plan, &table);
  for (long wait_ms = 100;; wait_ms = wait_ms * 2 < LONGEST_MS ? wait_ms * 2 : LONGEST_MS) {
    bool is_taken = false;
    TRY(try_exclusive(warehouse, table.data, &is_taken, err));
    if (is_taken)
      return set_load_timeout(warehouse, plan, err);
    if (clock_ms() > until_ms)
      return fail_held(warehouse, plan, "changed", err);
    if (wait_ms == 100) {
      const char *holders = find_table_holders(&scratch, warehouse, plan);
      log_info("gold", "table \"%s\".\"%s\" has to be changed, and is in use by %s; waiting without being in the way",
               plan->dataset->gold.schema, plan->dataset->gold.table, holders == NULL ? somebody : holders);
    }
    TRY(pause_for(warehouse, wait_ms, err));
  }
}

/* What deletes and inserts waits for other writers, which lock no reader out: but not for ever. */
bool postgresql_load_gold_in_time(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                                  const struct run *run, struct error *err)
{
  TRY(set_load_timeout(warehouse, plan, err));
  if (postgresql_load_gold(warehouse, engine, plan, run, err))
    return true;
  if (!is_unavailable(warehouse))
    return false;
  warehouse_rollback(warehouse);
  return fail_held(warehouse, plan, "written", err);
}
