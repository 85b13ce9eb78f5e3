#include "store/s3_stream.h"

#include <pthread.h>
#include <stdlib.h>

/* An object is cut into pieces: a small first one, which comes with the opening and is all of a small object, and
 * larger ones that threads fetch into slots ahead of where it is read. Piece i goes to slot i % SLOTS. */
enum {
  FIRST_SIZE = 1024 * 1024,
  PIECE_SIZE = 4 * 1024 * 1024,
  SLOTS = 4,
  THREADS = 3,
};

enum slot_state { SLOT_FREE, SLOT_FETCHING, SLOT_READY, SLOT_FAILED };

struct slot {
  enum slot_state state;
  uint64_t piece;
  char *data; /* PIECE_SIZE bytes, once it was used */
  size_t length;
  bool is_same;
  struct error error;
};

struct s3_stream {
  struct s3 *s3;
  struct s3_location location;
  char etag[S3_ETAG_SIZE];
  uint64_t size;
  char *first;
  size_t first_length;

  pthread_t threads[THREADS];
  size_t n_threads;
  pthread_mutex_t lock; /* for what follows */
  pthread_cond_t changed;
  struct slot slots[SLOTS];
  uint64_t reading; /* the piece that is read: those before it are not needed any more */
  uint64_t fetched; /* the next piece to fetch */
  bool is_closing;
};

static uint64_t piece_start(uint64_t piece)
{
  return piece == 0 ? 0 : FIRST_SIZE + (piece - 1) * PIECE_SIZE;
}

static uint64_t piece_of(uint64_t position)
{
  return position < FIRST_SIZE ? 0 : 1 + (position - FIRST_SIZE) / PIECE_SIZE;
}

/* Takes the next piece that has a slot; false where the stream is at its end. Called with the lock held. */
static bool take_piece(struct s3_stream *stream, struct slot **ret_slot)
{
  for (;;) {
    if (stream->fetched < stream->reading)
      stream->fetched = stream->reading;
    struct slot *slot = &stream->slots[stream->fetched % SLOTS];
    if (stream->is_closing || piece_start(stream->fetched) >= stream->size)
      return false;
    bool is_free = slot->state == SLOT_FREE || (slot->state != SLOT_FETCHING && slot->piece < stream->reading);
    if (is_free && stream->fetched < stream->reading + SLOTS) {
      slot->state = SLOT_FETCHING;
      slot->piece = stream->fetched++;
      *ret_slot = slot;
      return true;
    }
    pthread_cond_wait(&stream->changed, &stream->lock);
  }
}

static void *fetch_pieces(void *pointer)
{
  struct s3_stream *stream = pointer;
  struct slot *slot = NULL;
  pthread_mutex_lock(&stream->lock);
  while (take_piece(stream, &slot)) {
    pthread_mutex_unlock(&stream->lock);
    struct s3_object object;
    if (slot->data == NULL)
      slot->data = checked_malloc(PIECE_SIZE);
    bool is_fetched = s3_get_range(stream->s3, stream->location, stream->etag, piece_start(slot->piece), slot->data,
                                   PIECE_SIZE, &slot->length, &object, &slot->is_same, &slot->error);
    pthread_mutex_lock(&stream->lock);
    slot->state = is_fetched ? SLOT_READY : SLOT_FAILED;
    pthread_cond_broadcast(&stream->changed);
  }
  pthread_mutex_unlock(&stream->lock);
  return NULL;
}

/* One thread at least is needed; the others are for speed. */
static bool start_threads(struct s3_stream *stream, struct error *err)
{
  stream->reading = stream->fetched = 1;
  while (stream->n_threads < THREADS &&
         pthread_create(&stream->threads[stream->n_threads], NULL, fetch_pieces, stream) == 0)
    stream->n_threads++;
  return stream->n_threads > 0 || fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not start a thread to read from S3");
}

bool s3_stream_open(struct s3 *s3, struct s3_location location, struct s3_stream **ret_stream,
                    struct s3_object *ret_object, struct error *err)
{
  SCOPED(s3_stream_close) struct s3_stream *stream = checked_malloc(sizeof(*stream));
  *stream = (struct s3_stream){ .s3 = s3, .location = location, .first = checked_malloc(FIRST_SIZE) };
  pthread_mutex_init(&stream->lock, NULL);
  pthread_cond_init(&stream->changed, NULL);
  bool is_there = false;
  TRY(s3_get_range(s3, location, NULL, 0, stream->first, FIRST_SIZE, &stream->first_length, ret_object, &is_there,
                   err));
  if (is_there && stream->first_length == 0) /* an empty object has no range, and its refusal no etag */
    TRY(s3_head(s3, location, ret_object, &is_there, err));
  if (!is_there)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"s3://%s/%s\" is not there any more", location.bucket, location.key);
  memcpy(stream->etag, ret_object->etag, sizeof(stream->etag));
  stream->size = stream->first_length == 0 ? 0 : ret_object->size;
  ret_object->size = stream->size;
  *ret_stream = stream;
  stream = NULL;
  return true;
}

/* Waits for a piece; its slot stays as it is while `reading` does. */
static bool wait_for_piece(struct s3_stream *stream, uint64_t piece, const struct slot **ret_slot, struct error *err)
{
  if (stream->n_threads == 0)
    TRY(start_threads(stream, err));
  struct slot *slot = &stream->slots[piece % SLOTS];
  pthread_mutex_lock(&stream->lock);
  if (stream->reading != piece) {
    stream->reading = piece;
    pthread_cond_broadcast(&stream->changed);
  }
  while (slot->piece != piece || slot->state == SLOT_FREE || slot->state == SLOT_FETCHING)
    pthread_cond_wait(&stream->changed, &stream->lock);
  pthread_mutex_unlock(&stream->lock);
  *ret_slot = slot;
  if (slot->state == SLOT_FAILED)
    *err = slot->error;
  return slot->state == SLOT_READY;
}

bool s3_stream_read(struct s3_stream *stream, uint64_t position, void *data, size_t capacity, size_t *ret_length,
                    bool *ret_same, struct error *err)
{
  size_t length = 0;
  *ret_same = true;
  while (length < capacity && position < stream->size) {
    uint64_t piece = piece_of(position);
    const char *from = stream->first;
    size_t available = stream->first_length, offset = (size_t)(position - piece_start(piece));
    if (piece > 0) {
      const struct slot *slot = NULL;
      TRY(wait_for_piece(stream, piece, &slot, err));
      *ret_same = *ret_same && slot->is_same;
      from = slot->data;
      available = slot->is_same ? slot->length : 0;
    }
    if (offset >= available) { /* shorter than it said: it is another object */
      *ret_same = false;
      break;
    }
    size_t count = available - offset < capacity - length ? available - offset : capacity - length;
    memcpy((char *)data + length, from + offset, count);
    length += count;
    position += count;
  }
  *ret_length = length;
  return true;
}

void s3_stream_close(struct s3_stream **stream)
{
  struct s3_stream *closed = *stream;
  if (closed == NULL)
    return;
  pthread_mutex_lock(&closed->lock);
  closed->is_closing = true;
  pthread_cond_broadcast(&closed->changed);
  pthread_mutex_unlock(&closed->lock);
  for (size_t i = 0; i < closed->n_threads; i++)
    pthread_join(closed->threads[i], NULL);
  for (size_t i = 0; i < SLOTS; i++)
    free(closed->slots[i].data);
  pthread_cond_destroy(&closed->changed);
  pthread_mutex_destroy(&closed->lock);
  free(closed->first);
  free(closed);
  *stream = NULL;
}
