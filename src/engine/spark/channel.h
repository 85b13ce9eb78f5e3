/** Calls of gRPC to one server, over libcurl's HTTP/2: one message or several sent, any number received. Without TLS
 * the server must speak HTTP/2 at once (prior knowledge), as gRPC's servers do.
 *
 * A channel is used by one thread; channel_wake may be called from any other. One call is one attempt: whether it may
 * be repeated is for the caller to say, who knows what it does. */
#ifndef CRISOL_ENGINE_SPARK_CHANNEL_H
#define CRISOL_ENGINE_SPARK_CHANNEL_H

#include "engine/spark/grpc.h"
#include "engine/spark/remote.h"

struct channel;

/** Opens a channel, without contacting the server; `remote` must stay as long as the channel. ERROR_CONFIG where the
 * certificates' file cannot be read, ERROR_ENVIRONMENT where libcurl lacks HTTP/2. */
MUST_CHECK bool channel_open(const struct spark_remote *remote, struct channel **ret_channel, struct error *err);
/** Accepts a pointer to NULL. */
void channel_close(struct channel **channel);

struct channel_call {
  const char *method;  /* "ExecutePlan", of the service spark.connect.SparkConnectService */
  struct text request; /* the messages, each in its frame */
  long timeout_ms;     /* for the whole call; 0: none */
  long silence_ms;     /* how long nothing may come before the call is given up; 0: for ever */
  /** Whether to go on; asked some ten times a second, and after channel_wake. NULL: yes. */
  bool (*goes_on)(void *context);
  /** Takes a message that came, whole; false: the call is given up. */
  bool (*take)(struct text message, void *context);
  void *context;
};

enum channel_outcome {
  CHANNEL_ANSWERED,    /* the server has said how the call ended: `status` */
  CHANNEL_UNREACHABLE, /* no connection: nothing was sent */
  CHANNEL_UNTRUSTED,   /* no connection that is encrypted as it must be */
  CHANNEL_BROKEN,      /* the connection broke, or what came is no gRPC; the server may have done what was asked */
  CHANNEL_SILENT,      /* a time limit passed */
  CHANNEL_STOPPED,     /* goes_on or take said so */
};

struct channel_answer {
  enum channel_outcome outcome;
  int status;                /* of gRPC, where it was answered */
  struct text_buffer reason; /* what the server says to its status, or what is wrong with the connection */
  struct text_buffer detail; /* grpc-status-details-bin, decoded: a google.rpc.Status; empty where there is none */
  size_t n_bytes;            /* that came as messages */
};
/** Frees what it holds. */
void channel_answer_done(struct channel_answer *answer);

/** Makes a call, and returns when it has ended. What `ret_answer` held before is freed. */
void channel_call(struct channel *channel, const struct channel_call *call, struct channel_answer *ret_answer);

/** Lets a call that waits ask goes_on at once. From any thread. */
void channel_wake(struct channel *channel);

#endif
