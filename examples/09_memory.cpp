// Sample memory from the program's own allocator, here with huge pages if the kernel supports them. Payloads are copied
// without joining, and a sample is detached from its block. Usage: example_09_memory BUCKET OBJECT...
#include <aisle/engine.hpp>

#include <atomic>
#include <iostream>
#include <memory_resource>
#include <optional>
#include <sys/mman.h>
#include <vector>

class huge_page_memory : public std::pmr::memory_resource {
public:
    std::size_t allocated() const noexcept { return allocated_.load(); }

private:
    // Thread-safe: engine threads allocate, and the thread that drops the last sample of a block frees it.
    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        void* const block = std::pmr::new_delete_resource()->allocate(bytes, alignment);
        ::madvise(block, bytes, MADV_HUGEPAGE);  // only a hint, so its result does not matter
        allocated_ += bytes;
        return block;
    }
    void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
        std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
    }
    bool do_is_equal(memory_resource const& other) const noexcept override { return this == &other; }

    std::atomic<std::size_t> allocated_{0};
};

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "usage: " << argv[0] << " BUCKET OBJECT...\n", 2;
    auto const memory = std::make_shared<huge_page_memory>();
    aisle::engine_options options;
    options.sample_memory = memory;
    options.memory_budget_bytes = std::size_t{64} << 20;

    std::vector<std::byte> tensor;  // all payloads, one after the other
    std::optional<aisle::sample> last;
    {
        aisle::engine engine(options);
        aisle::batch batch(argv[1]);
        for (int i = 2; i < argc; ++i) batch.add(argv[i]);
        for (aisle::sample& s : engine.get(batch)) {
            if (!s.delivered()) return std::cerr << s.why().message() << '\n', 1;
            std::size_t const at = tensor.size();
            tensor.resize(at + s.size());
            s.copy_to(std::span(tensor).subspan(at));
            last = std::move(s);
        }
    }
    last->detach();  // outlives the engine; without this, its whole block would too
    std::cout << tensor.size() << " bytes, the last sample has " << last->bytes().size() << ", own memory was "
              << (memory->allocated() ? "used" : "not used") << '\n';
    return 0;
}
