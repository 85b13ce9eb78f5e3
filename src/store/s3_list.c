/* ListObjectsV2, page after page. */
#include "store/s3_internal.h"

#include <stdlib.h>

struct page {
  struct arena *arena;
  struct s3_listing *listing;
  size_t objects_capacity, prefixes_capacity;
  struct s3_object object; /* being read */
  const char *next;        /* the token of the page that follows; NULL: none */
};

/* Keys come percent-encoded (encoding-type=url): XML cannot hold every character that a key may. */
char *s3_decode(struct arena *arena, struct text text)
{
  char *out = arena_copy(arena, text.data, text.length);
  size_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    char hex[3] = { 0 };
    if (text.data[i] == '%' && i + 2 < text.length) {
      memcpy(hex, text.data + i + 1, 2);
      out[length++] = (char)strtol(hex, NULL, 16);
      i += 2;
    } else {
      out[length++] = text.data[i] == '+' ? ' ' : text.data[i];
    }
  }
  out[length] = '\0';
  return out;
}

static void add_object(struct page *page)
{
  struct s3_listing *listing = page->listing;
  listing->objects =
      arena_grow(page->arena, listing->objects, listing->n_objects, &page->objects_capacity, sizeof(struct s3_object));
  listing->objects[listing->n_objects++] = page->object;
  page->object = (struct s3_object){ 0 };
}

static void add_prefix(struct page *page, struct text text)
{
  struct s3_listing *listing = page->listing;
  listing->prefixes =
      arena_grow(page->arena, listing->prefixes, listing->n_prefixes, &page->prefixes_capacity, sizeof(char *));
  listing->prefixes[listing->n_prefixes++] = s3_decode(page->arena, text);
}

static void take_element(const char *path, struct text text, void *context)
{
  struct page *page = context;
  struct s3_object *object = &page->object;
  if (strcmp(path, "ListBucketResult/Contents/Key") == 0) {
    object->key = s3_decode(page->arena, text);
  } else if (strcmp(path, "ListBucketResult/Contents/Size") == 0) {
    object->size = strtoull(arena_copy(page->arena, text.data, text.length), NULL, 10);
  } else if (strcmp(path, "ListBucketResult/Contents/LastModified") == 0) {
    object->modified_us = s3_parse_instant(text) * 1000000;
  } else if (strcmp(path, "ListBucketResult/Contents/ETag") == 0) {
    s3_copy_etag(object->etag, text);
  } else if (strcmp(path, "ListBucketResult/Contents") == 0) {
    add_object(page);
  } else if (strcmp(path, "ListBucketResult/CommonPrefixes/Prefix") == 0) {
    add_prefix(page, text);
  } else if (strcmp(path, "ListBucketResult/NextContinuationToken") == 0) {
    page->next = text_copy(page->arena, text);
  }
}

bool s3_list(struct arena *arena, struct s3 *s3, struct s3_location prefix, bool one_level,
             struct s3_listing *ret_listing, struct error *err)
{
  struct page page = { .arena = arena, .listing = ret_listing };
  *ret_listing = (struct s3_listing){ 0 };
  do {
    struct s3_request request = { .method = "GET", .location = { prefix.bucket, "" }, .doing = "list" };
    SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
    s3_add_query(&request, "list-type", "2");
    s3_add_query(&request, "encoding-type", "url");
    if (prefix.key[0] != '\0')
      s3_add_query(&request, "prefix", prefix.key);
    if (one_level)
      s3_add_query(&request, "delimiter", "/");
    if (page.next != NULL)
      s3_add_query(&request, "continuation-token", page.next);
    s3_expect(&request, "ListBucketResult");
    s3_expect_echo(&request, "Name", prefix.bucket);
    s3_expect_echo(&request, "Prefix", prefix.key);
    if (page.next != NULL)
      s3_expect_echo(&request, "ContinuationToken", page.next);
    page.next = NULL;
    TRY(s3_perform(s3, &request, NULL, &answer, err));
    if (!s3_xml_parse(text_buffer_text(&answer.body), take_element, &page))
      return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not list \"s3://%s/%s\": the answer is no XML", prefix.bucket,
                  prefix.key);
  } while (page.next != NULL);
  return true;
}
