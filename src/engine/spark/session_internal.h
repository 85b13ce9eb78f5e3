/** What the files of the session share. */
#ifndef CRISOL_ENGINE_SPARK_SESSION_INTERNAL_H
#define CRISOL_ENGINE_SPARK_SESSION_INTERNAL_H

#include "engine/spark/channel.h"
#include "engine/spark/session.h"

#include "connect.pb-c.h"

#include <stdatomic.h>

enum { UUID_SIZE = 37 };

/* So that the client's own names stay readable. */
typedef Spark__Connect__UserContext UserContext;
typedef Spark__Connect__Relation Relation;
typedef Spark__Connect__Plan Plan;
typedef Spark__Connect__Command Command;
typedef Spark__Connect__ExecutePlanResponse ExecuteAnswer;

struct spark_session {
  struct arena *arena;
  const struct spark_remote *remote;
  const char *name; /* of the cluster, for messages */
  struct channel *channel;
  char id[UUID_SIZE];
  char server_id[64]; /* of the session as the server made it; "" until it is known */
  UserContext user;
  const char *version, *application;
  char operation[UUID_SIZE];
  struct spark_failure failure;
  bool was_reached;
  bool is_deaf;              /* a farewell was not answered: no other one is tried */
  struct error interruption; /* of the call under way */
  atomic_bool is_interrupted;
  atomic_uint_fast64_t tasks_done, tasks_known;
};

/* A call with one answer. */
struct question {
  const char *method;
  const char *doing; /* for "could not ...": "run the statement" */
  long timeout_ms;
  bool is_single;   /* made once only; its failure says nothing new */
  bool is_farewell; /* the same, and made although the call is interrupted; then within a moment */
  const ProtobufCMessage *request;
  struct text framed; /* instead of `request`: several messages in their frames */
  const ProtobufCMessageDescriptor *answer;
};

/* Asks, again where that may help, and unpacks the answer, which protobuf_c_message_free_unpacked frees. */
MUST_CHECK bool session_ask(struct spark_session *session, const struct question *question,
                            ProtobufCMessage **ret_answer, struct error *err);

/* Whether the server answers at all, within a time. */
MUST_CHECK bool session_probe(struct spark_session *session, long timeout_ms);

/* A call begins: an interruption of the one before is forgotten. */
void session_begin(struct spark_session *session);
/* Whether the last call was interrupted, or the run is. */
bool session_is_interrupted(const struct spark_session *session);
/* Whether the call under way goes on. */
bool session_goes_on(struct spark_session *session);
/* Sleeps before the n-th repetition, from 1: twice as long each time. False where the call was interrupted. */
MUST_CHECK bool session_wait(struct spark_session *session, int n_tries);
/* How long a call is repeated that ended in this way, since its last sign of life; 0: not at all. */
int64_t session_patience_ms(const struct spark_session *session, const struct channel_answer *answer);

/* Writes `err` and the session's failure from how a call ended, and asks for what the server knows of its error.
 * Returns false. `doing`: "run the statement". */
bool session_fail(struct spark_session *session, const char *doing, const struct channel_answer *answer,
                  struct error *err);

/* Whether all text of a message is UTF-8, as what is sent must be; ERROR_CONFIG with the text that is not. */
MUST_CHECK bool session_check_text(const ProtobufCMessage *message, struct error *err);
MUST_CHECK bool session_check_utf8(const char *text, struct error *err);

/* Adds a message in its frame. */
void session_add_message(struct text_buffer *out, const ProtobufCMessage *message);

/* Runs a plan to its end; `take` gets each answer that has rows. `doing`: as above. */
MUST_CHECK bool session_execute(struct spark_session *session, Plan *plan, const char *doing,
                                bool (*take)(const ExecuteAnswer *answer, void *context, struct error *err),
                                void *context, struct error *err);

/* Adds a type as Spark's DDL has it; false where it is one that is not known here. */
MUST_CHECK bool add_data_type(const Spark__Connect__DataType *type, struct text_buffer *out);

/* A random UUID of version 4. */
void make_uuid(char ret_uuid[UUID_SIZE]);

static inline char *unconst(const char *text)
{
  return (char *)(uintptr_t)text; /* protobuf-c's fields are not const; what is packed is not written */
}

#endif
