/** A small client of Amazon S3's REST interface (API version 2006-03-01), for it and what speaks its protocol. Requests
 * are signed with Signature Version 4; what fails for a reason that may pass (5xx, 429, a connection that breaks, a
 * time-out) is tried again with growing waits. A failure is ERROR_ENVIRONMENT and names bucket, key and S3's code,
 * never a secret. A client may be used by any number of threads. */
#ifndef CRISOL_STORE_S3_H
#define CRISOL_STORE_S3_H

#include "base/error.h"

struct s3;

struct s3_settings {
  const char *endpoint;                          /* "http://localhost:9000"; NULL: Amazon's, of the region */
  const char *region;                            /* NULL: us-east-1 */
  const char *access_key_id, *secret_access_key; /* NULL: requests are not signed */
  const char *session_token;                     /* NULL: none */
  bool path_style;                               /* http://host/bucket/key rather than http://bucket.host/key */
  /** Asked while a request is under way or waits for its next try: false ends it with this error. NULL: never. */
  bool (*go_on)(struct error *err);
};

/** Fills from the environment and the shared files what env.yml leaves open, as Amazon's own tools do:
 * AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, AWS_REGION or AWS_DEFAULT_REGION,
 * AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL win over `settings`; then comes the profile AWS_PROFILE ("default") of
 * AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials) and AWS_CONFIG_FILE (~/.aws/config). ERROR_CONFIG where half a pair
 * of keys is given or the named profile is nowhere. */
MUST_CHECK bool s3_settings_complete(struct arena *arena, struct s3_settings *settings, struct error *err);

/** Opens a client; the settings are copied. No request is made. ERROR_CONFIG where the endpoint is no URL. */
MUST_CHECK bool s3_open(const struct s3_settings *settings, struct s3 **ret_s3, struct error *err);
/** Accepts a pointer to NULL. */
void s3_close(struct s3 **s3);
/** As given, with the region that is used. */
const struct s3_settings *s3_get_settings(const struct s3 *s3);
/** The endpoint's host, with its port where it is none of the scheme's own. */
const char *s3_get_host(const struct s3 *s3, bool *ret_is_https);
/** AWS_CA_BUNDLE: the file of the certificates that are trusted; NULL: the system's. */
const char *s3_get_ca_bundle(const struct s3 *s3);

enum { S3_THREADS = 8 }; /* requests at once, of one operation over many objects */

/** An object's place. The strings belong to the caller. */
struct s3_location {
  const char *bucket, *key;
};
/** Takes "s3://bucket/key" apart; the key may be empty. */
struct s3_location s3_location_of(struct arena *arena, const char *path);

enum { S3_ETAG_SIZE = 128 };

/** Until when a request may arrive, by the server's own clock: one that a stopped process sends later is refused. */
struct s3_fence {
  int64_t from_s; /* since 1970, by the server's clock */
  int valid_s;
};

struct s3_object {
  const char *key;         /* in listings */
  char etag[S3_ETAG_SIZE]; /* without its quotes; the bytes' MD5 only where the object was put whole */
  uint64_t size;
  int64_t modified_us; /* since 1970, UTC; to the second from most answers */
  int64_t seen_us;     /* the server's clock when it answered; 0 in listings */
  char mark[64];       /* that s3_transfer gave it; not in listings */
};

/** Looks at an object. */
MUST_CHECK bool s3_head(struct s3 *s3, struct s3_location location, struct s3_object *ret_object, bool *ret_found,
                        struct error *err);
struct s3_listing {
  struct s3_object *objects; /* in the order of their keys' bytes */
  size_t n_objects;
  const char **prefixes; /* "a/b/": where only one level was asked for */
  size_t n_prefixes;
};
/** All objects whose key begins with the prefix, over as many pages as there are; with `one_level` what has another "/"
 * after the prefix is given as prefixes. */
MUST_CHECK bool s3_list(struct arena *arena, struct s3 *s3, struct s3_location prefix, bool one_level,
                        struct s3_listing *ret_listing, struct error *err);

/** Reads an object of at most `limit` bytes whole. */
MUST_CHECK bool s3_get(struct arena *arena, struct s3 *s3, struct s3_location location, size_t limit,
                       struct text *ret_text, struct s3_object *ret_object, bool *ret_found, struct error *err);
/** Reads `capacity` bytes from `offset`, fewer at the end. With an etag (not NULL) the object must still have it:
 * *ret_same is false where it has another one or is gone. Fills what is known of the object. */
MUST_CHECK bool s3_get_range(struct s3 *s3, struct s3_location location, const char *etag, uint64_t offset, void *data,
                             size_t capacity, size_t *ret_length, struct s3_object *ret_object, bool *ret_same,
                             struct error *err);

/** Puts a small object. With `if_etag` (not NULL) only where the object has this etag, with "*" only where there is
 * none; *ret_is_put is false where that does not hold. Fills what the answer says of the object. */
MUST_CHECK bool s3_put(struct s3 *s3, struct s3_location location, struct text content, const char *if_etag,
                       struct s3_object *ret_object, bool *ret_is_put, struct error *err);
/** Deletes an object; one that is not there is fine. */
MUST_CHECK bool s3_delete(struct s3 *s3, struct s3_location location, struct error *err);
/** Deletes an object that has this etag, within the fence (NULL: none); *ret_is_other is true where it has another one,
 * and stays. */
MUST_CHECK bool s3_delete_same(struct s3 *s3, struct s3_location location, const char *etag,
                               const struct s3_fence *fence, bool *ret_is_other, struct error *err);
/** Deletes many, several at once. */
MUST_CHECK bool s3_delete_all(struct s3 *s3, const struct s3_location *locations, size_t count, struct error *err);

/** An object to be made: from a local file, or from another object, by the server. */
struct s3_transfer {
  const char *path; /* of the file; NULL: it is copied from `from`, which has `size` bytes */
  struct s3_location from;
  uint64_t size;
  struct s3_location to;
  char *ret_etag;               /* S3_ETAG_SIZE bytes, for the ETag of what was made; NULL: nobody asks */
  const struct s3_fence *fence; /* within which the object may appear; NULL: none */
  const char *mark;             /* kept with it, and with its copies, by which its maker knows it; NULL: none */
};
/** Makes objects, several requests at once, large ones by parts. Each appears as a whole, in the place of what was
 * there. */
MUST_CHECK bool s3_transfer(struct s3 *s3, const struct s3_transfer *transfers, size_t count, struct error *err);
/** Gives up what was left of transfers to this key that did not come to their end. */
MUST_CHECK bool s3_give_up_uploads(struct s3 *s3, struct s3_location location, struct error *err);

#endif
