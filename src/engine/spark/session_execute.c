/* A statement: sent once, and its answers asked for until the server says that they are complete.
 *
 *   ExecutePlan ──── answers ... ResultComplete ──► done: ReleaseExecute
 *        │
 *        │  the stream ends without ResultComplete (the server cuts long ones), the connection breaks, or nothing comes
 *        ▼
 *   ReattachExecute, with the id of the last answer ──► the answers behind it
 *        │
 *        │  the server knows no such operation, and no answer of it was seen: the request had not arrived
 *        ▼
 *   ExecutePlan again, under the same operation id: never two operations of one statement
 *
 * Where nothing comes for a while the server is asked something small, to tell a long statement from a dead server. An
 * interrupted statement is interrupted in the cluster too, before its function returns. */
#include "engine/spark/session_internal.h"

#include "base/clock.h"
#include "base/log.h"

enum {
  FAREWELL_MS = 10000,   /* to interrupt, and to release, where nothing presses */
  SHORT_STREAM_MS = 500, /* a stream that ends earlier and brings nothing is waited after */
  STARTS_MOST = 5,       /* of ExecutePlan, for one statement */
};

struct execution {
  struct spark_session *session;
  const char *doing;
  bool (*take)(const ExecuteAnswer *answer, void *context, struct error *err);
  void *context;
  struct error *err;
  char *last_response; /* its id; NULL: none came */
  bool is_complete;
  bool has_failed;  /* `take` did, and has written `err` */
  bool is_attached; /* the operation was begun: reattach */
  size_t n_answers; /* of the stream */
  int64_t alive_ms; /* when the server was last heard of */
  struct arena arena;
};

#define CLIENT_TYPE "crisol/" CRISOL_VERSION

/* what comes */

static void take_progress(struct spark_session *session,
                          const Spark__Connect__ExecutePlanResponse__ExecutionProgress *progress)
{
  uint64_t done = 0, known = 0;
  for (size_t i = 0; i < progress->n_stages; i++) {
    done += progress->stages[i]->num_completed_tasks > 0 ? (uint64_t)progress->stages[i]->num_completed_tasks : 0;
    known += progress->stages[i]->num_tasks > 0 ? (uint64_t)progress->stages[i]->num_tasks : 0;
  }
  atomic_store(&session->tasks_done, done);
  atomic_store(&session->tasks_known, known);
}

static bool take_answer(struct execution *execution, const ExecuteAnswer *answer)
{
  switch (answer->response_type_case) {
  case SPARK__CONNECT__EXECUTE_PLAN_RESPONSE__RESPONSE_TYPE_RESULT_COMPLETE:
    execution->is_complete = true;
    atomic_store(&execution->session->tasks_done, atomic_load(&execution->session->tasks_known));
    return true;
  case SPARK__CONNECT__EXECUTE_PLAN_RESPONSE__RESPONSE_TYPE_EXECUTION_PROGRESS:
    take_progress(execution->session, answer->execution_progress);
    return true;
  case SPARK__CONNECT__EXECUTE_PLAN_RESPONSE__RESPONSE_TYPE_ARROW_BATCH:
    execution->has_failed = execution->take != NULL && !execution->take(answer, execution->context, execution->err);
    return !execution->has_failed;
  default:
    return true;
  }
}

static bool take_message(struct text message, void *context)
{
  struct execution *execution = context;
  ExecuteAnswer *answer =
      spark__connect__execute_plan_response__unpack(NULL, message.length, (const uint8_t *)message.data);
  execution->n_answers++;
  execution->session->was_reached = true;
  execution->alive_ms = clock_ms();
  if (answer == NULL) {
    execution->has_failed = true;
    return fail(execution->err, ERROR_ENVIRONMENT, NOWHERE,
                "Spark at \"%s\" gives an answer to a statement that is none", execution->session->name);
  }
  bool goes_on = take_answer(execution, answer);
  if (answer->response_id != NULL) {
    arena_done(&execution->arena);
    execution->last_response = arena_copy(&execution->arena, answer->response_id, strlen(answer->response_id));
  }
  spark__connect__execute_plan_response__free_unpacked(answer, NULL);
  return goes_on;
}

static bool execution_goes_on(void *context)
{
  return session_goes_on(((struct execution *)context)->session);
}

/* what is sent */

static void add_execute(struct spark_session *session, Plan *plan, struct text_buffer *out)
{
  Spark__Connect__ExecutePlanRequest request = SPARK__CONNECT__EXECUTE_PLAN_REQUEST__INIT;
  Spark__Connect__ExecutePlanRequest__RequestOption option = SPARK__CONNECT__EXECUTE_PLAN_REQUEST__REQUEST_OPTION__INIT;
  Spark__Connect__ExecutePlanRequest__RequestOption *options = &option;
  Spark__Connect__ReattachOptions reattach = SPARK__CONNECT__REATTACH_OPTIONS__INIT;
  reattach.has_reattachable = reattach.reattachable = true;
  option.request_option_case = SPARK__CONNECT__EXECUTE_PLAN_REQUEST__REQUEST_OPTION__REQUEST_OPTION_REATTACH_OPTIONS;
  option.reattach_options = &reattach;
  request.session_id = session->id;
  request.user_context = &session->user;
  request.client_type = unconst(CLIENT_TYPE);
  request.client_observed_server_side_session_id = session->server_id[0] == '\0' ? NULL : session->server_id;
  request.operation_id = session->operation;
  request.request_options = &options;
  request.n_request_options = 1;
  request.plan = plan;
  session_add_message(out, &request.base);
}

static void add_reattach(struct execution *execution, struct text_buffer *out)
{
  struct spark_session *session = execution->session;
  Spark__Connect__ReattachExecuteRequest request = SPARK__CONNECT__REATTACH_EXECUTE_REQUEST__INIT;
  request.session_id = session->id;
  request.user_context = &session->user;
  request.client_type = unconst(CLIENT_TYPE);
  request.client_observed_server_side_session_id = session->server_id[0] == '\0' ? NULL : session->server_id;
  request.operation_id = session->operation;
  request.last_response_id = execution->last_response;
  session_add_message(out, &request.base);
}

static void run_stream(struct execution *execution, Plan *plan, struct channel_answer *answer)
{
  SCOPED(text_buffer_done) struct text_buffer request = { 0 };
  if (execution->is_attached)
    add_reattach(execution, &request);
  else
    add_execute(execution->session, plan, &request);
  execution->n_answers = 0;
  channel_call(execution->session->channel,
               &(struct channel_call){ .method = execution->is_attached ? "ReattachExecute" : "ExecutePlan",
                                       .request = text_buffer_text(&request),
                                       .silence_ms = execution->session->remote->keepalive_ms,
                                       .goes_on = execution_goes_on,
                                       .take = take_message,
                                       .context = execution },
               answer);
}

/* One that is not answered is the last: who ends has no time to wait for more. */
static void farewell(struct spark_session *session, const char *method, const ProtobufCMessage *request,
                     const ProtobufCMessageDescriptor *type)
{
  ProtobufCMessage *answer;
  struct error ignored = { 0 };
  if (session_ask(session,
                  &(struct question){ .method = method,
                                      .doing = "end a statement",
                                      .timeout_ms = FAREWELL_MS,
                                      .is_farewell = true,
                                      .request = request,
                                      .answer = type },
                  &answer, &ignored))
    protobuf_c_message_free_unpacked(answer, NULL);
  else
    session->is_deaf = true;
}

/* Lets the server forget the answers. Where that is lost it does so by itself, later. */
static void release(struct spark_session *session)
{
  Spark__Connect__ReleaseExecuteRequest request = SPARK__CONNECT__RELEASE_EXECUTE_REQUEST__INIT;
  Spark__Connect__ReleaseExecuteRequest__ReleaseAll all = SPARK__CONNECT__RELEASE_EXECUTE_REQUEST__RELEASE_ALL__INIT;
  request.session_id = session->id;
  request.user_context = &session->user;
  request.client_type = unconst(CLIENT_TYPE);
  request.operation_id = session->operation;
  request.release_case = SPARK__CONNECT__RELEASE_EXECUTE_REQUEST__RELEASE_RELEASE_ALL;
  request.release_all = &all;
  farewell(session, "ReleaseExecute", &request.base, &spark__connect__release_execute_response__descriptor);
}

static void interrupt_operation(struct spark_session *session)
{
  enum { BY_OPERATION = 3 };
  Spark__Connect__InterruptRequest request = SPARK__CONNECT__INTERRUPT_REQUEST__INIT;
  request.session_id = session->id;
  request.user_context = &session->user;
  request.client_type = unconst(CLIENT_TYPE);
  request.has_interrupt_type = true;
  request.interrupt_type = BY_OPERATION;
  request.interrupt_case = SPARK__CONNECT__INTERRUPT_REQUEST__INTERRUPT_OPERATION_ID;
  request.operation_id = session->operation;
  farewell(session, "Interrupt", &request.base, &spark__connect__interrupt_response__descriptor);
}

/* what to do about a stream that has ended without being complete */

static bool says(const struct channel_answer *answer, const char *error_class)
{
  return answer->outcome == CHANNEL_ANSWERED && strstr(text_buffer_text(&answer->reason).data, error_class) != NULL;
}

enum next { NEXT_AT_ONCE, NEXT_AFTER_A_WAIT, NEXT_FAIL };

static enum next next_of_status(struct execution *execution, const struct channel_answer *answer, int *n_starts)
{
  bool is_unknown =
      says(answer, "INVALID_HANDLE.OPERATION_NOT_FOUND") || says(answer, "INVALID_HANDLE.SESSION_NOT_FOUND");
  if (is_unknown && execution->is_attached && execution->last_response == NULL && ++*n_starts <= STARTS_MOST) {
    execution->is_attached = false;
    return NEXT_AT_ONCE;
  }
  if (says(answer, "INVALID_HANDLE.OPERATION_ALREADY_EXISTS") && !execution->is_attached) {
    execution->is_attached = true;
    return NEXT_AT_ONCE;
  }
  /* another stream of the same operation had the answers: one of ours, whose end the server has not seen yet */
  if (says(answer, "INVALID_CURSOR.DISCONNECTED"))
    return NEXT_AFTER_A_WAIT;
  return NEXT_FAIL;
}

static enum next next_of(struct execution *execution, const struct channel_answer *answer, int64_t began_ms,
                         int *n_starts)
{
  struct spark_session *session = execution->session;
  bool has_ended = answer->outcome == CHANNEL_ANSWERED && answer->status == GRPC_OK;
  bool was_attached = execution->is_attached;
  execution->is_attached = true;
  if (has_ended) {
    execution->alive_ms = clock_ms();
    return execution->n_answers > 0 || clock_ms() - began_ms >= SHORT_STREAM_MS ? NEXT_AT_ONCE : NEXT_AFTER_A_WAIT;
  }
  if (answer->outcome == CHANNEL_SILENT && session_probe(session, session->remote->keepalive_timeout_ms)) {
    execution->alive_ms = clock_ms();
    return NEXT_AT_ONCE;
  }
  if (answer->outcome == CHANNEL_ANSWERED && answer->status != GRPC_UNAVAILABLE) {
    execution->is_attached = was_attached;
    return next_of_status(execution, answer, n_starts);
  }
  return clock_ms() - execution->alive_ms < session_patience_ms(session, answer) ? NEXT_AFTER_A_WAIT : NEXT_FAIL;
}

static bool run(struct execution *execution, Plan *plan)
{
  SCOPED(channel_answer_done) struct channel_answer answer = { 0 };
  struct spark_session *session = execution->session;
  int n_starts = 1, n_waits = 0;
  while (!execution->is_complete) {
    int64_t began_ms = clock_ms();
    run_stream(execution, plan, &answer);
    if (execution->has_failed)
      return false;
    if (execution->is_complete)
      break;
    n_waits = execution->n_answers > 0 ? 0 : n_waits;
    enum next next = answer.outcome == CHANNEL_STOPPED ? NEXT_FAIL : next_of(execution, &answer, began_ms, &n_starts);
    if (next == NEXT_FAIL)
      return session_fail(session, execution->doing, &answer, execution->err);
    log_debug("spark", "the answers of %s: %s; asking for the rest", session->operation,
              answer.reason.length > 0 ? answer.reason.data : "the stream ended");
    if (next == NEXT_AFTER_A_WAIT && !session_wait(session, ++n_waits)) {
      *execution->err = session->interruption;
      return false;
    }
  }
  return true;
}

bool session_execute(struct spark_session *session, Plan *plan, const char *doing,
                     bool (*take)(const ExecuteAnswer *answer, void *context, struct error *err), void *context,
                     struct error *err)
{
  struct execution execution = {
    .session = session, .doing = doing, .take = take, .context = context, .err = err, .alive_ms = clock_ms()
  };
  session_begin(session);
  TRY(session_check_text(&plan->base, err));
  session->is_deaf = false;
  make_uuid(session->operation);
  atomic_store(&session->tasks_done, 0);
  atomic_store(&session->tasks_known, 0);
  int64_t began_ms = clock_ms();
  bool is_done = run(&execution, plan);
  log_debug("spark", "operation %s: %s; %llu tasks in %.2f s", session->operation, doing,
            (unsigned long long)atomic_load(&session->tasks_known), (double)(clock_ms() - began_ms) / 1000);
  if (execution.has_failed || session->interruption.kind != ERROR_NONE)
    interrupt_operation(session); /* what nobody waits for would keep the cluster's cores */
  if (!session->failure.is_lost && !session->is_deaf)
    release(session);
  arena_done(&execution.arena);
  return is_done;
}
