/* A session: opened, asked, closed. Each call that is safe to repeat is repeated while the cluster may come back. */
#include "engine/spark/session_internal.h"

#include "base/fault.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
  ANSWER_MS = 60000,    /* for what the server need not work for */
  ANALYZE_MS = 600000,  /* it may list the files of a lake for that */
  ARTIFACT_MS = 600000, /* megabytes over a slow line */
  FAREWELL_MS = 10000,
  LAST_WORD_MS = 700, /* of a run that is interrupted */
  CHUNK_BYTES = 1024 * 1024,
  LEAST_VERSION = 4,
};

/* How long a call is made again, by how it ended and whether the cluster was ever reached. */
static const struct {
  enum channel_outcome outcome;
  int first_s, later_s;
} patience[] = {
  { CHANNEL_UNREACHABLE, 0, 10 }, /* a typing error is told at once; a gateway may be restarted */
  { CHANNEL_UNTRUSTED, 0, 0 },    { CHANNEL_BROKEN, 2, 60 },
  { CHANNEL_SILENT, 0, 60 },      { CHANNEL_ANSWERED, 15, 60 }, /* UNAVAILABLE */
};
enum { WAIT_MS = 100, WAIT_MOST_MS = 3000, WAIT_STEP_MS = 20 };

/* what a call needs */

void make_uuid(char ret_uuid[UUID_SIZE])
{
  unsigned char bytes[16];
  if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
    BUG("the system gives no random bytes");
  bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
  bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
  size_t at = 0;
  for (size_t i = 0; i < sizeof(bytes); i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      ret_uuid[at++] = '-';
    ret_uuid[at++] = "0123456789abcdef"[bytes[i] >> 4];
    ret_uuid[at++] = "0123456789abcdef"[bytes[i] & 15];
  }
  ret_uuid[at] = '\0';
}

void session_add_message(struct text_buffer *out, const ProtobufCMessage *message)
{
  size_t size = protobuf_c_message_get_packed_size(message);
  grpc_add_frame_header(out, size);
  text_buffer_reserve(out, size);
  protobuf_c_message_pack(message, (uint8_t *)out->data + out->length);
  out->length += size;
}

void session_begin(struct spark_session *session)
{
  atomic_store(&session->is_interrupted, false);
  session->interruption = (struct error){ 0 };
  session->failure = (struct spark_failure){ 0 };
}

bool session_goes_on(struct spark_session *session)
{
  if (session->interruption.kind != ERROR_NONE)
    return false;
  if (atomic_load(&session->is_interrupted))
    return fail(&session->interruption, ERROR_INTERRUPTED, NOWHERE, "the statement was given up");
  return session->remote->go_on == NULL || session->remote->go_on(&session->interruption);
}

/* Half of the wait is left to chance, so that many clients do not come back together. */
bool session_wait(struct spark_session *session, int n_tries)
{
  long wait = n_tries > 5 ? WAIT_MOST_MS : (long)WAIT_MS << (n_tries - 1);
  wait = wait / 2 + (long)((uint64_t)clock_ms() * 2654435761U % (uint64_t)(wait / 2 + 1));
  for (; wait > 0; wait -= WAIT_STEP_MS) {
    if (!session_goes_on(session))
      return false;
    clock_sleep_ms(WAIT_STEP_MS);
  }
  return true;
}

int64_t session_patience_ms(const struct spark_session *session, const struct channel_answer *answer)
{
  if (answer->outcome == CHANNEL_ANSWERED && answer->status != GRPC_UNAVAILABLE)
    return 0;
  for (size_t i = 0; i < ARRAY_LENGTH(patience); i++)
    if (patience[i].outcome == answer->outcome)
      return INT64_C(1000) * fault_seconds(session->was_reached ? patience[i].later_s : patience[i].first_s);
  return 0;
}

/* one answer */

struct asking {
  struct spark_session *session;
  struct text_buffer message;
  bool has_message;
};

static bool keep_message(struct text message, void *context)
{
  struct asking *asking = context;
  text_buffer_clear(&asking->message);
  text_buffer_add_text(&asking->message, message);
  asking->has_message = true;
  return true;
}

static bool asking_goes_on(void *context)
{
  return session_goes_on(((struct asking *)context)->session);
}

static bool unpack(struct spark_session *session, const struct question *question, const struct asking *asking,
                   ProtobufCMessage **ret_answer, struct error *err)
{
  *ret_answer = !asking->has_message ? NULL
                                     : protobuf_c_message_unpack(question->answer, NULL, asking->message.length,
                                                                 (const uint8_t *)asking->message.data);
  return *ret_answer != NULL ||
         fail(err, ERROR_ENVIRONMENT, NOWHERE, "Spark at \"%s\" gives an answer to %s that is none", session->name,
              question->method);
}

bool session_is_interrupted(const struct spark_session *session)
{
  struct error ignored = { 0 };
  return session->interruption.kind != ERROR_NONE ||
         (session->remote->go_on != NULL && !session->remote->go_on(&ignored));
}

bool session_ask(struct spark_session *session, const struct question *question, ProtobufCMessage **ret_answer,
                 struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer request = { 0 };
  SCOPED(channel_answer_done) struct channel_answer answer = { 0 };
  struct asking asking = { .session = session };
  int64_t began_ms = clock_ms();
  bool is_done = false, is_over = false;
  bool is_last_word = question->is_farewell && session_is_interrupted(session);
  if (question->request != NULL) {
    TRY(session_check_text(question->request, err));
    session_add_message(&request, question->request);
  }
  for (int n_tries = 1; !is_over; n_tries++) {
    asking.has_message = false;
    channel_call(
        session->channel,
        &(struct channel_call){ .method = question->method,
                                .request = question->request != NULL ? text_buffer_text(&request) : question->framed,
                                .timeout_ms = is_last_word ? LAST_WORD_MS : question->timeout_ms,
                                .goes_on = is_last_word ? NULL : asking_goes_on,
                                .take = keep_message,
                                .context = &asking },
        &answer);
    if (answer.outcome == CHANNEL_ANSWERED && answer.status == GRPC_OK) {
      session->was_reached = true;
      is_done = unpack(session, question, &asking, ret_answer, err);
      is_over = true;
    } else if (question->is_single || question->is_farewell) {
      is_over = !fail(err, ERROR_ENVIRONMENT, NOWHERE, "Spark at \"%s\" could not %s", session->name, question->doing);
    } else if (clock_ms() - began_ms >= session_patience_ms(session, &answer)) {
      is_over = !session_fail(session, question->doing, &answer, err);
    } else {
      log_debug("spark", "%s: %s; trying again", question->method, text_buffer_text(&answer.reason).data);
      if (!session_wait(session, n_tries)) {
        *err = session->interruption;
        is_over = true;
      }
    }
  }
  text_buffer_done(&asking.message);
  return is_done;
}

/* configuration */

#define CLIENT_TYPE "crisol/" CRISOL_VERSION

static char *observed(struct spark_session *session)
{
  return session->server_id[0] == '\0' ? NULL : session->server_id;
}

static bool ask_config(struct spark_session *session, Spark__Connect__ConfigRequest__Operation *operation,
                       const char *key, Spark__Connect__ConfigResponse **ret_answer, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  Spark__Connect__ConfigRequest request = SPARK__CONNECT__CONFIG_REQUEST__INIT;
  ProtobufCMessage *answer;
  request.session_id = session->id;
  request.user_context = &session->user;
  request.client_type = unconst(CLIENT_TYPE);
  request.client_observed_server_side_session_id = observed(session);
  request.operation = operation;
  bool is_set = operation->op_type_case == SPARK__CONNECT__CONFIG_REQUEST__OPERATION__OP_TYPE_SET;
  TRY(session_ask(session,
                  &(struct question){ .method = "Config",
                                      .doing = arena_printf(&scratch, "%s \"%s\"", is_set ? "set" : "tell", key),
                                      .timeout_ms = ANSWER_MS,
                                      .request = &request.base,
                                      .answer = &spark__connect__config_response__descriptor },
                  &answer, err));
  *ret_answer = (Spark__Connect__ConfigResponse *)(void *)answer;
  return true;
}

bool spark_set(struct spark_session *session, const char *key, const char *value, struct error *err)
{
  Spark__Connect__ConfigRequest__Operation operation = SPARK__CONNECT__CONFIG_REQUEST__OPERATION__INIT;
  Spark__Connect__ConfigRequest__Set set = SPARK__CONNECT__CONFIG_REQUEST__SET__INIT;
  Spark__Connect__KeyValue pair = SPARK__CONNECT__KEY_VALUE__INIT, *pairs = &pair;
  Spark__Connect__ConfigResponse *answer;
  session_begin(session);
  pair.key = unconst(key);
  pair.value = unconst(value);
  set.pairs = &pairs;
  set.n_pairs = 1;
  operation.op_type_case = SPARK__CONNECT__CONFIG_REQUEST__OPERATION__OP_TYPE_SET;
  operation.set = &set;
  TRY(ask_config(session, &operation, key, &answer, err));
  spark__connect__config_response__free_unpacked(answer, NULL);
  return true;
}

static bool get(struct spark_session *session, struct arena *arena, const char *key, const char **ret_value,
                struct error *err)
{
  Spark__Connect__ConfigRequest__Operation operation = SPARK__CONNECT__CONFIG_REQUEST__OPERATION__INIT;
  Spark__Connect__ConfigRequest__GetOption option = SPARK__CONNECT__CONFIG_REQUEST__GET_OPTION__INIT;
  Spark__Connect__ConfigResponse *answer;
  char *name = unconst(key);
  option.keys = &name;
  option.n_keys = 1;
  operation.op_type_case = SPARK__CONNECT__CONFIG_REQUEST__OPERATION__OP_TYPE_GET_OPTION;
  operation.get_option = &option;
  TRY(ask_config(session, &operation, key, &answer, err));
  const char *value = answer->n_pairs == 1 ? answer->pairs[0]->value : NULL;
  *ret_value = value == NULL ? NULL : arena_copy(arena, value, strlen(value));
  if (answer->server_side_session_id != NULL)
    snprintf(session->server_id, sizeof(session->server_id), "%s", answer->server_side_session_id);
  spark__connect__config_response__free_unpacked(answer, NULL);
  return true;
}

bool session_probe(struct spark_session *session, long timeout_ms)
{
  Spark__Connect__AnalyzePlanRequest request = SPARK__CONNECT__ANALYZE_PLAN_REQUEST__INIT;
  Spark__Connect__AnalyzePlanRequest__SparkVersion version = SPARK__CONNECT__ANALYZE_PLAN_REQUEST__SPARK_VERSION__INIT;
  ProtobufCMessage *answer;
  struct error ignored = { 0 };
  request.session_id = session->id;
  request.user_context = &session->user;
  request.analyze_case = SPARK__CONNECT__ANALYZE_PLAN_REQUEST__ANALYZE_SPARK_VERSION;
  request.spark_version = &version;
  bool is_there = session_ask(session,
                              &(struct question){ .method = "AnalyzePlan",
                                                  .doing = "answer",
                                                  .timeout_ms = timeout_ms,
                                                  .is_single = true,
                                                  .request = &request.base,
                                                  .answer = &spark__connect__analyze_plan_response__descriptor },
                              &answer, &ignored);
  if (is_there)
    protobuf_c_message_free_unpacked(answer, NULL);
  return is_there;
}

bool spark_get(struct spark_session *session, struct arena *arena, const char *key, const char **ret_value,
               struct error *err)
{
  session_begin(session);
  return get(session, arena, key, ret_value, err);
}

/* questions about a plan */

static bool analyze(struct spark_session *session, Spark__Connect__AnalyzePlanRequest *request, const char *doing,
                    long timeout_ms, Spark__Connect__AnalyzePlanResponse **ret_answer, struct error *err)
{
  ProtobufCMessage *answer;
  request->session_id = session->id;
  request->user_context = &session->user;
  request->client_type = unconst(CLIENT_TYPE);
  request->client_observed_server_side_session_id = observed(session);
  TRY(session_ask(session,
                  &(struct question){ .method = "AnalyzePlan",
                                      .doing = doing,
                                      .timeout_ms = timeout_ms,
                                      .request = &request->base,
                                      .answer = &spark__connect__analyze_plan_response__descriptor },
                  &answer, err));
  *ret_answer = (Spark__Connect__AnalyzePlanResponse *)(void *)answer;
  return true;
}

static bool take_schema(struct spark_session *session, struct arena *arena,
                        const Spark__Connect__AnalyzePlanResponse *answer, const char ***ret_names,
                        const char ***ret_types, size_t *ret_count, struct error *err)
{
  const Spark__Connect__DataType *schema =
      answer->result_case == SPARK__CONNECT__ANALYZE_PLAN_RESPONSE__RESULT_SCHEMA ? answer->schema->schema : NULL;
  if (schema == NULL || schema->kind_case != SPARK__CONNECT__DATA_TYPE__KIND_STRUCT)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "Spark at \"%s\" gives no schema where one was asked for",
                session->name);
  size_t count = schema->struct_->n_fields;
  const char **names = arena_array(arena, count + 1, sizeof(*names));
  const char **types = arena_array(arena, count + 1, sizeof(*types));
  for (size_t i = 0; i < count; i++) {
    SCOPED(text_buffer_done) struct text_buffer type = { 0 };
    const Spark__Connect__DataType__StructField *field = schema->struct_->fields[i];
    const char *name = field->name == NULL ? "" : field->name;
    names[i] = arena_copy(arena, name, strlen(name));
    if (!add_data_type(field->data_type, &type))
      return fail(err, ERROR_ENVIRONMENT, NOWHERE, "column \"%s\" has a type of Spark that crisol does not know", name);
    types[i] = text_copy(arena, text_buffer_text(&type));
  }
  *ret_names = names;
  *ret_types = types;
  *ret_count = count;
  return true;
}

bool spark_schema(struct spark_session *session, struct arena *arena, const char *sql, const char ***ret_names,
                  const char ***ret_types, size_t *ret_count, struct error *err)
{
  Spark__Connect__SQL query = SPARK__CONNECT__SQL__INIT;
  Relation relation = SPARK__CONNECT__RELATION__INIT;
  Plan plan = SPARK__CONNECT__PLAN__INIT;
  Spark__Connect__AnalyzePlanRequest__Schema schema = SPARK__CONNECT__ANALYZE_PLAN_REQUEST__SCHEMA__INIT;
  Spark__Connect__AnalyzePlanRequest request = SPARK__CONNECT__ANALYZE_PLAN_REQUEST__INIT;
  Spark__Connect__AnalyzePlanResponse *answer;
  session_begin(session);
  query.query = unconst(sql);
  relation.rel_type_case = SPARK__CONNECT__RELATION__REL_TYPE_SQL;
  relation.sql = &query;
  plan.op_type_case = SPARK__CONNECT__PLAN__OP_TYPE_ROOT;
  plan.root = &relation;
  schema.plan = &plan;
  request.analyze_case = SPARK__CONNECT__ANALYZE_PLAN_REQUEST__ANALYZE_SCHEMA;
  request.schema = &schema;
  TRY(analyze(session, &request, "tell the columns of the statement", ANALYZE_MS, &answer, err));
  bool is_taken = take_schema(session, arena, answer, ret_names, ret_types, ret_count, err);
  spark__connect__analyze_plan_response__free_unpacked(answer, NULL);
  return is_taken;
}

/* artifacts */

/* CRC-32 as zlib and Java have it. */
static uint32_t crc32_of(const unsigned char *data, size_t size)
{
  uint32_t crc = UINT32_MAX;
  for (size_t i = 0; i < size; i++) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (UINT32_C(0xEDB88320) & (0 - (crc & 1)));
  }
  return ~crc;
}

static Spark__Connect__AddArtifactsRequest__ArtifactChunk chunk_of(const unsigned char *data, size_t size)
{
  Spark__Connect__AddArtifactsRequest__ArtifactChunk chunk =
      SPARK__CONNECT__ADD_ARTIFACTS_REQUEST__ARTIFACT_CHUNK__INIT;
  chunk.has_data = chunk.has_crc = true;
  chunk.data = (ProtobufCBinaryData){ .len = size, .data = (uint8_t *)(uintptr_t)data };
  chunk.crc = crc32_of(data, size);
  return chunk;
}

static void add_artifact_request(struct spark_session *session, Spark__Connect__AddArtifactsRequest *request,
                                 struct text_buffer *out)
{
  request->session_id = session->id;
  request->user_context = &session->user;
  request->client_type = unconst(CLIENT_TYPE);
  request->client_observed_server_side_session_id = observed(session);
  session_add_message(out, &request->base);
}

/* A file of one chunk must be a batch: servers refuse one that is begun in chunks and has no second. */
static void add_whole(struct spark_session *session, const char *name, const unsigned char *data, size_t size,
                      struct text_buffer *out)
{
  Spark__Connect__AddArtifactsRequest request = SPARK__CONNECT__ADD_ARTIFACTS_REQUEST__INIT;
  Spark__Connect__AddArtifactsRequest__Batch batch = SPARK__CONNECT__ADD_ARTIFACTS_REQUEST__BATCH__INIT;
  Spark__Connect__AddArtifactsRequest__SingleChunkArtifact artifact =
      SPARK__CONNECT__ADD_ARTIFACTS_REQUEST__SINGLE_CHUNK_ARTIFACT__INIT;
  Spark__Connect__AddArtifactsRequest__SingleChunkArtifact *artifacts = &artifact;
  Spark__Connect__AddArtifactsRequest__ArtifactChunk chunk = chunk_of(data, size);
  artifact.name = unconst(name);
  artifact.data = &chunk;
  batch.artifacts = &artifacts;
  batch.n_artifacts = 1;
  request.payload_case = SPARK__CONNECT__ADD_ARTIFACTS_REQUEST__PAYLOAD_BATCH;
  request.batch = &batch;
  add_artifact_request(session, &request, out);
}

static void add_chunks(struct spark_session *session, const char *name, const unsigned char *data, size_t size,
                       struct text_buffer *out)
{
  for (size_t at = 0; at < size; at += CHUNK_BYTES) {
    Spark__Connect__AddArtifactsRequest request = SPARK__CONNECT__ADD_ARTIFACTS_REQUEST__INIT;
    Spark__Connect__AddArtifactsRequest__BeginChunkedArtifact begin =
        SPARK__CONNECT__ADD_ARTIFACTS_REQUEST__BEGIN_CHUNKED_ARTIFACT__INIT;
    Spark__Connect__AddArtifactsRequest__ArtifactChunk chunk =
        chunk_of(data + at, size - at < CHUNK_BYTES ? size - at : CHUNK_BYTES);
    request.payload_case = at == 0 ? SPARK__CONNECT__ADD_ARTIFACTS_REQUEST__PAYLOAD_BEGIN_CHUNK
                                   : SPARK__CONNECT__ADD_ARTIFACTS_REQUEST__PAYLOAD_CHUNK;
    if (at == 0) {
      begin.name = unconst(name);
      begin.has_total_bytes = begin.has_num_chunks = true;
      begin.total_bytes = (int64_t)size;
      begin.num_chunks = (int64_t)((size + CHUNK_BYTES - 1) / CHUNK_BYTES);
      begin.initial_chunk = &chunk;
      request.begin_chunk = &begin;
    } else {
      request.chunk = &chunk;
    }
    add_artifact_request(session, &request, out);
  }
}

bool spark_add_artifact(struct spark_session *session, const char *name, const void *data, size_t size,
                        struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer messages = { 0 };
  ProtobufCMessage *answer;
  session_begin(session);
  if (size <= CHUNK_BYTES)
    add_whole(session, name, data, size, &messages);
  else
    add_chunks(session, name, data, size, &messages);
  TRY(session_ask(session,
                  &(struct question){ .method = "AddArtifacts",
                                      .doing = arena_printf(&scratch, "take the artifact \"%s\"", name),
                                      .timeout_ms = ARTIFACT_MS,
                                      .framed = text_buffer_text(&messages),
                                      .answer = &spark__connect__add_artifacts_response__descriptor },
                  &answer, err));
  Spark__Connect__AddArtifactsResponse *response = (Spark__Connect__AddArtifactsResponse *)(void *)answer;
  bool is_whole = true;
  for (size_t i = 0; i < response->n_artifacts; i++)
    is_whole = is_whole && response->artifacts[i]->has_is_crc_successful && response->artifacts[i]->is_crc_successful;
  spark__connect__add_artifacts_response__free_unpacked(response, NULL);
  return is_whole || fail(err, ERROR_ENVIRONMENT, NOWHERE,
                          "the artifact \"%s\" did not arrive at \"%s\" as it was sent", name, session->name);
}

/* from opening to closing */

static const char *user_of(const struct spark_remote *remote)
{
  static const char *const variables[] = { "SPARK_USER", "USER", "LOGNAME" };
  if (remote->user_id != NULL)
    return remote->user_id;
  for (size_t i = 0; i < ARRAY_LENGTH(variables); i++) {
    const char *value = getenv(variables[i]);
    if (value != NULL && value[0] != '\0' && text_is_utf8(text_from(value)))
      return value;
  }
  return "crisol";
}

static bool ask_version(struct spark_session *session, struct error *err)
{
  Spark__Connect__AnalyzePlanRequest request = SPARK__CONNECT__ANALYZE_PLAN_REQUEST__INIT;
  Spark__Connect__AnalyzePlanRequest__SparkVersion version = SPARK__CONNECT__ANALYZE_PLAN_REQUEST__SPARK_VERSION__INIT;
  Spark__Connect__AnalyzePlanResponse *answer;
  request.analyze_case = SPARK__CONNECT__ANALYZE_PLAN_REQUEST__ANALYZE_SPARK_VERSION;
  request.spark_version = &version;
  TRY(analyze(session, &request, "tell its version", ANSWER_MS, &answer, err));
  const char *text = answer->result_case == SPARK__CONNECT__ANALYZE_PLAN_RESPONSE__RESULT_SPARK_VERSION &&
                             answer->spark_version->version != NULL
                         ? answer->spark_version->version
                         : "";
  session->version = arena_copy(session->arena, text, strlen(text));
  if (answer->server_side_session_id != NULL)
    snprintf(session->server_id, sizeof(session->server_id), "%s", answer->server_side_session_id);
  spark__connect__analyze_plan_response__free_unpacked(answer, NULL);
  if (strtol(session->version, NULL, 10) >= LEAST_VERSION)
    return true;
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "Spark at \"%s\" is version \"%s\", %d.0 or later was expected",
              session->name, session->version, LEAST_VERSION);
}

static bool contact(struct spark_session *session, struct error *err)
{
  const char *application;
  session_begin(session);
  TRY(ask_version(session, err));
  /* a gateway may not tell it, and nothing depends on it */
  bool is_told = get(session, session->arena, "spark.app.id", &application, err);
  session->application = is_told && application != NULL ? application : "";
  return is_told || (!session->failure.is_lost && session->interruption.kind == ERROR_NONE);
}

bool spark_session_open(struct arena *arena, const struct spark_remote *remote, struct spark_session **ret_session,
                        struct error *err)
{
  struct spark_session *session = arena_alloc(arena, sizeof(*session));
  session->arena = arena;
  session->remote = remote;
  session->name = spark_remote_name(arena, remote);
  session->user = (UserContext)SPARK__CONNECT__USER_CONTEXT__INIT;
  session->user.user_id = session->user.user_name = unconst(user_of(remote));
  session->version = session->application = "";
  if (remote->session_id != NULL)
    snprintf(session->id, sizeof(session->id), "%s", remote->session_id);
  else
    make_uuid(session->id);
  TRY(channel_open(remote, &session->channel, err));
  if (!contact(session, err)) {
    channel_close(&session->channel);
    return false;
  }
  *ret_session = session;
  return true;
}

void spark_session_close(struct spark_session **session)
{
  struct spark_session *closing = *session;
  Spark__Connect__ReleaseSessionRequest request = SPARK__CONNECT__RELEASE_SESSION_REQUEST__INIT;
  ProtobufCMessage *answer;
  struct error ignored = { 0 };
  if (closing == NULL)
    return;
  request.session_id = closing->id;
  request.user_context = &closing->user;
  request.client_type = unconst(CLIENT_TYPE);
  /* one whose id was given is another client's as well */
  if (closing->remote->session_id == NULL && !closing->failure.is_lost && !closing->is_deaf &&
      session_ask(closing,
                  &(struct question){ .method = "ReleaseSession",
                                      .doing = "close the session",
                                      .timeout_ms = FAREWELL_MS,
                                      .is_farewell = true,
                                      .request = &request.base,
                                      .answer = &spark__connect__release_session_response__descriptor },
                  &answer, &ignored))
    protobuf_c_message_free_unpacked(answer, NULL);
  channel_close(&closing->channel);
  *session = NULL;
}

const char *spark_session_version(const struct spark_session *session)
{
  return session->version;
}

const char *spark_session_id(const struct spark_session *session)
{
  return session->id;
}

const char *spark_session_application(const struct spark_session *session)
{
  return session->application;
}

const char *spark_last_operation(const struct spark_session *session)
{
  return session->operation;
}

const struct spark_failure *spark_last_failure(const struct spark_session *session)
{
  return &session->failure;
}

void spark_progress(const struct spark_session *session, uint64_t *ret_done, uint64_t *ret_total)
{
  *ret_done = atomic_load(&session->tasks_done);
  *ret_total = atomic_load(&session->tasks_known);
}

void spark_session_interrupt(struct spark_session *session)
{
  atomic_store(&session->is_interrupted, true);
  channel_wake(session->channel);
}
