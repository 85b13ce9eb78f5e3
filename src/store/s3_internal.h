/* What the files of the S3 client share: s3.c (settings, connections), s3_sign.c (Signature Version 4), s3_request.c
 * (one request with its tries), s3_answer.c (whether it was answered), s3_xml.c, s3_object.c, s3_list.c, s3_upload.c
 * (the operations). */
#ifndef CRISOL_STORE_S3_INTERNAL_H
#define CRISOL_STORE_S3_INTERNAL_H

#include "store/s3.h"

#include "base/digest.h"
#include "base/parallel.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

struct s3_connection {
  CURL *curl;
  CURLM *multi; /* keeps the connection to the server between requests */
  struct s3_connection *next;
};

struct s3 {
  struct arena arena;
  struct s3_settings settings;
  const char *host; /* with the port where it is none of the scheme's own */
  bool is_https;
  const char *ca_bundle;
  atomic_bool was_reached; /* an answer came: what breaks now may pass */
  pthread_mutex_t lock;
  struct s3_connection *idle;
};

/* A name and its value, of a query or a header. */
struct s3_pair {
  const char *name, *value;
};

enum { S3_PAIRS_MAX = 12, S3_ECHOES_MAX = 3 };

struct s3_request {
  const char *method;
  struct s3_location location; /* key "" and bucket: the bucket itself */
  struct s3_pair query[S3_PAIRS_MAX];
  size_t n_query;
  struct s3_pair headers[S3_PAIRS_MAX];
  size_t n_headers;
  /* the body: a text, or a stretch of a file */
  struct text body;
  const char *body_path; /* NULL: the text */
  uint64_t body_offset, body_length;
  /* where the answer's bytes go: NULL: to the answer's own buffer */
  char *data;
  size_t capacity;
  const char *doing; /* "read", for messages */
  /* what an answer of success must be */
  const char *root; /* the element that its XML is: "ListBucketResult"; NULL: an object, or nothing at all */
  struct s3_pair echoes[S3_ECHOES_MAX]; /* elements below it that, where they are there, repeat what was asked */
  size_t n_echoes;
  const char *etag; /* that the object must have; NULL: any */
  bool has_range;
  uint64_t range_start, range_length;
  char md5[MD5_HEX_SIZE];       /* of the body of a PUT; s3_perform fills it */
  const struct s3_fence *fence; /* NULL: none */
};

struct s3_answer {
  long status;
  struct text_buffer body; /* of an error, or all of it where the request has no place for it */
  size_t length;           /* bytes of the body */
  bool is_encrypted;       /* by a key for which the ETag is no MD5 */
  bool has_range;          /* the answer is a part of the object, from range_start */
  uint64_t range_start;
  struct s3_object object;
  char code[64]; /* S3's own code of a failure: "NoSuchKey" */
  char message[256];
};
void s3_answer_done(struct s3_answer *answer);

/* Adds a query parameter, or a header in lower case; the strings must live as long as the request. */
void s3_add_query(struct s3_request *request, const char *name, const char *value);
void s3_add_header(struct s3_request *request, const char *name, const char *value);

/* Says that a successful answer is this element, and that what it has under the name must be this value. */
void s3_expect(struct s3_request *request, const char *root);
void s3_expect_echo(struct s3_request *request, const char *name, const char *value);
/* Asks for a stretch of an object. */
void s3_ask_for_range(struct s3_request *request, uint64_t start, uint64_t length, char header[64]);
/* Whether a successful answer is the one to this request. */
bool s3_is_answer_to(const struct s3_request *request, const struct s3_answer *answer);
/* Whether the object's ETag is the MD5 of its bytes. */
bool s3_etag_is_md5(const struct s3_answer *answer);
/* Takes percent-encoding away: keys in listings. */
char *s3_decode(struct arena *arena, struct text text);

/* Whether an answer says that the object, or the upload, is not there. */
bool s3_is_missing(const struct s3_answer *answer);
/* The header that holds a mark. */
#define S3_MARK_HEADER "x-amz-meta-crisol"

/* Takes an ETag out of its quotes; one that is too long is cut. */
void s3_copy_etag(char ret_etag[S3_ETAG_SIZE], struct text value);

/* Makes a request. True for 2xx and for the statuses that the caller understands, which `accepts` (NULL: none) names;
 * all else is an error. */
MUST_CHECK bool s3_perform(struct s3 *s3, struct s3_request *request, bool (*accepts)(const struct s3_answer *),
                           struct s3_answer *ret_answer, struct error *err);

/* Percent-encodes for a URI, all but the unreserved characters of RFC 3986 and, where asked, "/". */
void s3_add_encoded(struct text_buffer *out, struct text text, bool keeps_slash);
/* "/bucket/key" or "/key", encoded, and the host that goes with it. */
void s3_add_path(const struct s3 *s3, struct s3_location location, struct text_buffer *out);
const char *s3_host_of(const struct s3 *s3, struct s3_location location, struct arena *arena);
/* The canonical query string: "a=1&b", sorted by name, encoded. */
void s3_add_canonical_query(const struct s3_request *request, struct text_buffer *out);

/* What goes into a signature. `headers` are all that are sent and signed, sorted by name, in lower case. */
struct s3_signing {
  const char *method, *path, *query; /* canonical */
  const struct s3_pair *headers;
  size_t n_headers;
  const char *payload_hash;
  const char *instant; /* 20130524T000000Z */
  const char *region, *access_key_id, *secret_access_key;
};
/* The value of the header Authorization. */
void s3_sign(const struct s3_signing *signing, struct text_buffer *ret_authorization);
/* The signature alone, for a request that carries it in its query. */
void s3_signature(const struct s3_signing *signing, char ret_hex[SHA256_HEX_SIZE]);

/* The text of the elements of an XML answer, one after another: `path` is "ListBucketResult/Contents/Key". */
typedef void s3_xml_element(const char *path, struct text text, void *context);
/* Calls `element` at each element's end. False where the text is no XML. */
MUST_CHECK bool s3_xml_parse(struct text xml, s3_xml_element *element, void *context);

/* Seconds since 1970 of "2026-11-25T18:00:00.000Z"; 0 where it is none. */
int64_t s3_parse_instant(struct text text);

#endif
