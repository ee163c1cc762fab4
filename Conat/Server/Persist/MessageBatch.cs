using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Server.Persist.Engine;
using ProjectSilo.Conat.Server.Persist.Storage;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Persist;

/// <summary>The messages of <c>setMany</c> (spec 07 §1.7): each is stored by itself, and what is wrong with one is put in its place.</summary>
internal sealed class MessageBatch
{
    private readonly (NewMessage? Message, ConatException? Error)[] _elements;

    public MessageBatch(ImmutableArray<WireValue> elements)
    {
        _elements = new (NewMessage?, ConatException?)[elements.Length];
        for (var i = 0; i < _elements.Length; i++)
        {
            try
            {
                _elements[i] = (PersistRequest.Message(elements[i]), null);
            }
            catch (ConatException error)
            {
                _elements[i] = (null, error);
            }
        }
    }

    /// <summary>Stores them.</summary>
    /// <returns>The answer: the result or the error of each.</returns>
    public WireValue Set(StreamEngine engine)
    {
        var results = ImmutableArray.CreateBuilder<WireValue>(_elements.Length);
        foreach (var (message, error) in _elements)
        {
            results.Add(message is null ? PersistErrors.Fields(error!) : Set(engine, message));
        }

        return new WireValue.Items(results.MoveToImmutable());
    }

    private static WireValue.Members Set(StreamEngine engine, NewMessage message)
    {
        try
        {
            return engine.Set(message).ToWire();
        }
        catch (ConatException error)
        {
            return PersistErrors.Fields(error);
        }
    }
}
