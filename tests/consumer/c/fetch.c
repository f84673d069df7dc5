/* Every part of aisle.h, from C: a bucket, a batch, an event loop, a feed, a stream that is pushed, an error.
 * Usage: fetch. Asks AIS_ENDPOINT; makes the bucket ais://from-c and destroys it. */
#define _POSIX_C_SOURCE 200809L

#include <aisle.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OBJECTS 20
#define BUCKET "ais://from-c"

static aisle_error* error; /* of the last call that failed */

static void must(aisle_status status, char const* what) {
    if (status == AISLE_OK) return;
    fprintf(stderr, "%s: status %d: %s\n", what, (int)status, aisle_error_message(error));
    exit(1);
}

static void name_of(char* out, size_t size, int i) {
    snprintf(out, size, "object-%02d", i);
}

/* Counts a block's samples, and frees it. */
static int count(aisle_block* block) {
    int good = 0;
    for (size_t i = 0; i < aisle_block_size(block); ++i) {
        aisle_sample_info info = {.size = sizeof info};
        must(aisle_block_sample(block, i, &info, &error), "sample");
        if (info.status == AISLE_SAMPLE_DELIVERED && info.data_size == 100 + info.tag &&
            ((char const*)info.data)[0] == (char)('a' + info.tag))
            ++good;
    }
    aisle_block_free(block);
    return good;
}

static void add_all(aisle_batch* batch) {
    for (int i = 0; i < OBJECTS; ++i) {
        char name[32];
        name_of(name, sizeof name, i);
        aisle_entry entry = {.size = sizeof entry, .object = name, .tag = (uint64_t)i};
        must(aisle_batch_add(batch, &entry, &error), "add");
    }
}

static void store(aisle_engine* engine) {
    aisle_bucket* bucket = NULL;
    must(aisle_bucket_open(engine, BUCKET, &bucket, &error), "open bucket");
    must(aisle_bucket_create(bucket, NULL, &error), "create");
    for (int i = 0; i < OBJECTS; ++i) {
        char name[32];
        char data[200];
        name_of(name, sizeof name, i);
        memset(data, 'a' + i, sizeof data);
        must(aisle_bucket_put(bucket, name, data, 100 + (size_t)i, NULL, NULL, &error), "put");
    }

    aisle_listing* listing = NULL;
    must(aisle_bucket_list(bucket, "object-", NULL, &listing, &error), "list");
    aisle_object_info info = {.size = sizeof info};
    int listed = 0;
    uint64_t bytes = 0;
    while (aisle_listing_next(listing, &info, &error) == AISLE_OK) {
        ++listed;
        bytes += info.bytes;
    }
    aisle_listing_free(listing);
    printf("listed %d, %d bytes\n", listed, (int)bytes);

    aisle_object* object = NULL;
    aisle_get_options part = {.size = sizeof part, .start = 10, .length = 5};
    size_t size = 0;
    must(aisle_bucket_get(bucket, "object-03", &part, &object, &error), "get");
    char const* data = aisle_object_data(object, &size);
    printf("got %.*s\n", (int)size, data);
    aisle_object_free(object);

    aisle_status status = aisle_bucket_get(bucket, "nothing", NULL, &object, &error);
    printf("status %d, %s, http %d, again %d\n", (int)status, aisle_error_name(error), aisle_error_http_status(error),
           aisle_error_is_retryable(error));
    aisle_error_free(error);
    aisle_bucket_free(bucket);
}

/* An event loop: the descriptor says when blocks can be taken. */
static void by_descriptor(aisle_engine* engine) {
    aisle_batch* batch = NULL;
    aisle_stream* stream = NULL;
    must(aisle_batch_new(BUCKET, &batch, &error), "batch");
    add_all(batch);
    must(aisle_stream_get(engine, batch, NULL, &stream, &error), "get");
    aisle_batch_free(batch);
    struct pollfd ready = {.events = POLLIN};
    must(aisle_stream_descriptor(stream, &ready.fd, &error), "descriptor");
    int samples = 0;
    for (;;) {
        aisle_block* block = NULL;
        aisle_status status = aisle_stream_next(stream, 0, &block, &error);
        if (status == AISLE_END) break;
        if (status == AISLE_NOT_READY)
            poll(&ready, 1, 1000);
        else
            must(status, "next"), samples += count(block);
    }
    aisle_summary total = {.size = sizeof total};
    must(aisle_stream_finish(stream, &total, &error), "finish");
    printf("polled %d, %d delivered\n", samples, (int)total.delivered);
    aisle_stream_free(stream);
}

static void by_feed(aisle_engine* engine) {
    aisle_stream* feed = NULL;
    aisle_feed_options options = {.size = sizeof options, .bucket = BUCKET, .batch_size = 7};
    must(aisle_feed_open(engine, &options, &feed, &error), "feed");
    for (int i = 0; i < OBJECTS; ++i) {
        char name[32];
        name_of(name, sizeof name, i);
        aisle_entry entry = {.size = sizeof entry, .object = name, .tag = (uint64_t)i};
        must(aisle_feed_submit(feed, &entry, &error), "submit");
    }
    aisle_feed_end_input(feed);
    int samples = 0;
    aisle_block* block = NULL;
    aisle_status status;
    while ((status = aisle_stream_next(feed, -1, &block, &error)) == AISLE_OK) samples += count(block);
    if (status != AISLE_END) must(status, "next");
    printf("fed %d\n", samples);
    aisle_stream_free(feed);
}

/* Pushed: three batches, from a callback into a callback. */
struct pushed {
    int left;
    int samples;
    int destroyed;
    int done;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

static aisle_status next_batch(void* user, aisle_batch* batch) {
    struct pushed* p = user;
    if (p->left-- == 0) return AISLE_END;
    add_all(batch);
    return AISLE_OK;
}

static void destroy(void* user) {
    ((struct pushed*)user)->destroyed = 1;
}

static aisle_status take(void* user, aisle_block* block) {
    ((struct pushed*)user)->samples += count(block);
    return AISLE_OK;
}

static void done(void* user, aisle_summary const* summary, aisle_error const* fault, aisle_error const* reason) {
    struct pushed* p = user;
    pthread_mutex_lock(&p->mutex);
    p->done = reason ? -1 : fault ? -2 : (int)summary->batches;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->mutex);
}

static void by_callback(aisle_engine* engine) {
    struct pushed p = {.left = 3, .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    aisle_source source = {.size = sizeof source, .bucket = BUCKET, .next = next_batch, .destroy = destroy, .user = &p};
    aisle_sink sink = {.size = sizeof sink, .take = take, .done = done, .user = &p};
    aisle_stream_options options = {.size = sizeof options, .in_flight = 2};
    must(aisle_stream_start(engine, &source, &options, &sink, NULL, &error), "start");
    pthread_mutex_lock(&p.mutex);
    while (p.done == 0) pthread_cond_wait(&p.changed, &p.mutex);
    pthread_mutex_unlock(&p.mutex);
    printf("pushed %d of %d batches, source destroyed %d\n", p.samples, p.done, p.destroyed);
}

int main(void) {
    aisle_engine* engine = NULL;
    aisle_engine_options bad = {.size = sizeof bad, .endpoint = "nowhere"};
    aisle_status status = aisle_engine_new(&bad, &engine, &error);
    printf("aisle %s\nstatus %d, %s\n", aisle_version(), (int)status, aisle_error_name(error));
    aisle_error_free(error);

    must(aisle_engine_new(NULL, &engine, &error), "engine");
    store(engine);
    by_descriptor(engine);
    by_feed(engine);
    by_callback(engine);

    aisle_bucket* bucket = NULL;
    must(aisle_bucket_open(engine, BUCKET, &bucket, &error), "open bucket");
    must(aisle_bucket_destroy(bucket, NULL, &error), "destroy");
    aisle_bucket_free(bucket);
    aisle_engine_free(engine);
    return 0;
}
