/* What went wrong, in crisol's form: how the call ended, what the server says to its status, and what it tells when it
 * is asked for the error's details. */
#include "engine/spark/session_internal.h"

#include "status.pb-c.h"

#include <stdlib.h>

enum { DETAILS_MS = 5000, CAUSES_MOST = 50 };

/* The first line of Spark's message, without its "[CLASS]", its "SQLSTATE: ...", and the statement, which come behind.
 */
static struct text main_of_message(struct text message)
{
  static const char sqlstate[] = " SQLSTATE: ";
  const char *end = memchr(message.data, '\n', message.length);
  message = text_trim(message);
  if (end != NULL && message.length > (size_t)(end - message.data) && end > message.data)
    message.length = (size_t)(end - message.data);
  const char *bracket = message.length > 0 && message.data[0] == '[' ? memchr(message.data, ']', message.length) : NULL;
  if (bracket != NULL && (size_t)(bracket - message.data) + 1 < message.length) {
    size_t taken = (size_t)(bracket - message.data) + 1;
    message = text_trim((struct text){ bracket + 1, message.length - taken });
  }
  for (size_t i = 0; i + sizeof(sqlstate) - 1 <= message.length; i++)
    if (memcmp(message.data + i, sqlstate, sizeof(sqlstate) - 1) == 0)
      message.length = i;
  while (message.length > 0 && strchr(".: ", message.data[message.length - 1]) != NULL)
    message.length--;
  return message;
}

/* "[CLASS.SUB] ..." */
static struct text class_of_message(struct text message)
{
  size_t length = 1;
  if (message.length < 3 || message.data[0] != '[')
    return (struct text){ 0 };
  while (length < message.length && (message.data[length] == '_' || message.data[length] == '.' ||
                                     (message.data[length] >= 'A' && message.data[length] <= 'Z') ||
                                     (message.data[length] >= '0' && message.data[length] <= '9')))
    length++;
  bool is_class = length < message.length && message.data[length] == ']';
  return (struct text){ message.data + 1, is_class ? length - 1 : 0 };
}

static void keep(char *to, size_t size, struct text text)
{
  text = text_cut(text, size - 1);
  memcpy(to, text.data == NULL ? "" : text.data, text.length);
  to[text.length] = '\0';
}
#define KEEP(field, text) keep((field), sizeof(field), (text))

/* the details that came with the status */

static const char *metadata_of(const Google__Rpc__ErrorInfo *info, const char *key)
{
  for (size_t i = 0; i < info->n_metadata; i++)
    if (info->metadata[i]->key != NULL && strcmp(info->metadata[i]->key, key) == 0 && info->metadata[i]->value != NULL)
      return info->metadata[i]->value;
  return "";
}

static void take_error_info(const Google__Rpc__ErrorInfo *info, struct spark_failure *failure, char ret_error_id[64])
{
  KEEP(failure->java_class, text_from(info->reason));
  KEEP(failure->error_class, text_from(metadata_of(info, "errorClass")));
  KEEP(failure->sqlstate, text_from(metadata_of(info, "sqlState")));
  keep(ret_error_id, 64, text_from(metadata_of(info, "errorId")));
}

static void take_detail(struct text detail, struct spark_failure *failure, char ret_error_id[64])
{
  Google__Rpc__Status *status = google__rpc__status__unpack(NULL, detail.length, (const uint8_t *)detail.data);
  for (size_t i = 0; status != NULL && i < status->n_details; i++) {
    const Google__Rpc__Any *any = status->details[i];
    if (any->type_url == NULL || !any->has_value ||
        !text_ends_with(text_from(any->type_url), TEXT("google.rpc.ErrorInfo")))
      continue;
    Google__Rpc__ErrorInfo *info = google__rpc__error_info__unpack(NULL, any->value.len, any->value.data);
    if (info != NULL)
      take_error_info(info, failure, ret_error_id);
    google__rpc__error_info__free_unpacked(info, NULL);
  }
  google__rpc__status__free_unpacked(status, NULL);
}

/* the details that are asked for */

static void take_error(const Spark__Connect__FetchErrorDetailsResponse__Error *error, bool is_first,
                       struct spark_failure *failure, struct text_buffer *message)
{
  const Spark__Connect__FetchErrorDetailsResponse__SparkThrowable *spark = error->spark_throwable;
  struct text text = text_from(error->message);
  if (is_first) {
    text_buffer_clear(message);
    text_buffer_add_text(message, text);
    if (error->n_error_type_hierarchy > 0)
      KEEP(failure->java_class, text_from(error->error_type_hierarchy[0]));
  } else {
    KEEP(failure->root_message, main_of_message(text));
  }
  if (failure->error_class[0] == '\0' && spark != NULL)
    KEEP(failure->error_class, text_from(spark->error_class));
  if (failure->sqlstate[0] == '\0' && spark != NULL)
    KEEP(failure->sqlstate, text_from(spark->sql_state));
}

static void take_errors(const Spark__Connect__FetchErrorDetailsResponse *response, struct spark_failure *failure,
                        struct text_buffer *message)
{
  int64_t index = response->has_root_error_idx ? response->root_error_idx : -1;
  for (int n = 0; n < CAUSES_MOST && index >= 0 && (size_t)index < response->n_errors; n++) {
    const Spark__Connect__FetchErrorDetailsResponse__Error *error = response->errors[index];
    take_error(error, n == 0, failure, message);
    index = error->has_cause_idx ? error->cause_idx : -1;
  }
}

static void fetch_details(struct spark_session *session, const char *error_id, struct text_buffer *message)
{
  Spark__Connect__FetchErrorDetailsRequest request = SPARK__CONNECT__FETCH_ERROR_DETAILS_REQUEST__INIT;
  struct spark_failure failure = session->failure; /* what the question itself may fail of is not kept */
  struct error ignored = { 0 };
  ProtobufCMessage *answer;
  request.session_id = session->id;
  request.user_context = &session->user;
  request.error_id = unconst(error_id);
  if (session_ask(session,
                  &(struct question){ .method = "FetchErrorDetails",
                                      .doing = "tell what failed",
                                      .timeout_ms = DETAILS_MS,
                                      .is_farewell = true,
                                      .request = &request.base,
                                      .answer = &spark__connect__fetch_error_details_response__descriptor },
                  &answer, &ignored)) {
    take_errors((const Spark__Connect__FetchErrorDetailsResponse *)(const void *)answer, &failure, message);
    protobuf_c_message_free_unpacked(answer, NULL);
  }
  session->failure = failure;
}

/* the message */

static bool is_of_lost_session(const struct spark_failure *failure)
{
  static const char *const classes[] = { "INVALID_HANDLE.SESSION_NOT_FOUND", "INVALID_HANDLE.SESSION_CLOSED",
                                         "INVALID_HANDLE.SESSION_CHANGED", "INVALID_HANDLE.OPERATION_NOT_FOUND",
                                         "INVALID_HANDLE.OPERATION_ABANDONED" };
  for (size_t i = 0; i < ARRAY_LENGTH(classes); i++)
    if (strcmp(failure->error_class, classes[i]) == 0)
      return true;
  return false;
}

static bool fail_transport(struct spark_session *session, const struct channel_answer *answer, struct error *err)
{
  const char *reason = text_buffer_text(&answer->reason).data;
  session->failure.is_lost = true;
  if (answer->outcome == CHANNEL_UNTRUSTED) {
    fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not connect to Spark at \"%s\" by TLS: %s", session->name, reason);
    return add_hint(err,
                    "The certificates that are trusted are the system's, or those of the file that "
                    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH or SSL_CERT_FILE names; use_ssl=true and a token ask for TLS.");
  }
  if (session->was_reached)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "lost Spark at \"%s\": %s", session->name, reason);
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not reach Spark at \"%s\": %s", session->name, reason);
  return add_hint(err, "Is the address right (SPARK_REMOTE, or spark.remote in env.yml), and a Spark Connect server up "
                       "there? One that speaks TLS wants ;use_ssl=true.");
}

static bool fail_status(struct spark_session *session, const char *doing, int status, struct text message,
                        struct error *err)
{
  struct spark_failure *failure = &session->failure;
  struct text text = main_of_message(message);
  const char *what = text.length > 0 ? text.data : "it does not say why";
  int length = text.length > 0 ? (int)text.length : (int)strlen(what);
  switch (status) {
  case GRPC_UNAUTHENTICATED:
  case GRPC_PERMISSION_DENIED:
    fail(err, ERROR_ENVIRONMENT, NOWHERE, "Spark at \"%s\" refuses %s: %.*s", session->name,
         session->remote->token == NULL ? "a client without a token" : "the token", length, what);
    return add_hint(err, "A token is given as ;token=... in the address, by SPARK_CONNECT_AUTHENTICATE_TOKEN, or as "
                         "spark.token in env.yml.");
  case GRPC_UNIMPLEMENTED:
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "what answers at \"%s\" does not speak Spark Connect 4: %.*s",
                session->name, length, what);
  case GRPC_UNAVAILABLE:
    failure->is_lost = true;
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "lost Spark at \"%s\": %.*s", session->name, length, what);
  default:
    break;
  }
  if (is_of_lost_session(failure)) {
    failure->is_lost = true;
    fail(err, ERROR_ENVIRONMENT, NOWHERE, "lost the session with Spark at \"%s\": %.*s (%s)", session->name, length,
         what, failure->error_class);
    return add_hint(err, "The server was started anew, or has ended the session.");
  }
  bool has_class = failure->error_class[0] != '\0', has_state = failure->sqlstate[0] != '\0';
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "Spark at \"%s\" could not %s: %.*s (%s%s%s)", session->name, doing, length,
       what,
       has_class                        ? failure->error_class
       : failure->java_class[0] != '\0' ? failure->java_class
                                        : grpc_status_name(status),
       has_state ? ", SQLSTATE " : "", failure->sqlstate);
  if (failure->root_message[0] != '\0' && strstr(err->message, failure->root_message) == NULL)
    add_context(err, "because of: %s", failure->root_message);
  return false;
}

bool session_fail(struct spark_session *session, const char *doing, const struct channel_answer *answer,
                  struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer message = { 0 };
  struct spark_failure *failure = &session->failure;
  char error_id[64] = "";
  *failure = (struct spark_failure){ 0 };
  if (answer->outcome == CHANNEL_STOPPED) {
    *err = session->interruption;
    return false;
  }
  if (answer->outcome != CHANNEL_ANSWERED)
    return fail_transport(session, answer, err);
  text_buffer_add_text(&message, text_buffer_text(&answer->reason));
  take_detail(text_buffer_text(&answer->detail), failure, error_id);
  if (failure->error_class[0] == '\0')
    KEEP(failure->error_class, class_of_message(text_buffer_text(&message)));
  if (error_id[0] != '\0')
    fetch_details(session, error_id, &message);
  return fail_status(session, doing, answer->status, text_buffer_text(&message), err);
}
