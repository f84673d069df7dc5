// Bucket operations: create, put, head, read a range, list, fetch what is listed in one batch, destroy.
// Usage: example_07_bucket NEW-BUCKET
#include <aisle/bucket.hpp>
#include <aisle/engine.hpp>

#include <iostream>

int main(int argc, char** argv) {
    if (argc < 2) return std::cerr << "usage: " << argv[0] << " NEW-BUCKET\n", 2;
    aisle::engine engine;
    aisle::bucket const bucket = engine.bucket(argv[1]);
    try {
        if (!bucket.create().value()) return std::cerr << bucket.uri() << " exists\n", 1;
        bucket.put("greetings/en", "Hello, world").value();
        bucket.put("greetings/fr", "Bonjour").value();

        aisle::object_info const info = bucket.head("greetings/en").value();
        std::cout << info.name << ": " << info.size << " bytes, " << info.checksum.type << '\n';
        std::cout << "range: " << bucket.get("greetings/en", {.range = {7, 5}}).value().text() << '\n';
        if (auto const absent = bucket.get("greetings/de"); !absent)
            std::cout << "greetings/de: " << aisle::name_of(absent.error().code) << '\n';

        aisle::batch batch(bucket.uri());
        for (aisle::object_info const& o : bucket.list("greetings/")) batch.add(o.name, {.expected_size = o.size});
        for (aisle::sample const& s : engine.get(batch))
            std::cout << s.entry().object << ' ' << s.bytes().size() << '\n';
        bucket.destroy().value();
    } catch (aisle::exception const& e) {
        return std::cerr << e.what() << '\n', 1;
    }
    return 0;
}
