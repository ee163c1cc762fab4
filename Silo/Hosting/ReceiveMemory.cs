using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace ProjectSilo.Silo.Hosting;

/// <summary>
/// Memory for the connections of all ports, in blocks of 32 kB: the framework's have 4 kB, and a large message then takes a call to the kernel for each. Of a block
/// that an idle connection holds, only pages that were written take memory.
/// </summary>
internal sealed class ReceiveMemory : IMemoryPoolFactory<byte>
{
    /// <inheritdoc />
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool();

    private sealed class Pool : MemoryPool<byte>
    {
        private const int BlockBytes = 32 * 1024;

        /// <summary>4 MB; what is given back beyond that goes to the garbage collector.</summary>
        private const int MaxIdleBlocks = 128;

        private readonly ConcurrentQueue<Block> _idle = new();

        public override int MaxBufferSize => BlockBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
            return _idle.TryDequeue(out var block) ? block : new Block(this, GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true));
        }

        protected override void Dispose(bool disposing) => _idle.Clear();

        private void Return(Block block)
        {
            if (_idle.Count < MaxIdleBlocks)
            {
                _idle.Enqueue(block);
            }
        }

        private sealed class Block(Pool pool, byte[] bytes) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory { get; } = bytes;

            public void Dispose() => pool.Return(this);
        }
    }
}
