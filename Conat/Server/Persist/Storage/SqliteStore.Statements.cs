using System.Globalization;
using Microsoft.Data.Sqlite;

namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>Statements, prepared once, and what becomes of their failures.</summary>
internal sealed partial class SqliteStore
{
    private static void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException or ArgumentException or InvalidCastException)
        {
            throw StorageException.From(exception);
        }
    }

    private static T Guard<T>(Func<T> function)
    {
        try
        {
            return function();
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException or ArgumentException or InvalidCastException)
        {
            throw StorageException.From(exception);
        }
    }

    /// <summary>A statement, prepared once; its parameters are <c>$1</c>, <c>$2</c> …</summary>
    private SqliteCommand Command(string sql, params ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _connection!.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = string.Create(CultureInfo.InvariantCulture, $"${i + 1}") });
            }

            _commands.Add(sql, command);
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command;
    }

    private void Execute(string sql, params ReadOnlySpan<object?> values) => Command(sql, values).ExecuteNonQuery();

    private object? Scalar(string sql, params ReadOnlySpan<object?> values) => Command(sql, values).ExecuteScalar() is var value && value is DBNull ? null : value;

    private void TryExecute(string sql)
    {
        try
        {
            Execute(sql);
        }
        catch (SqliteException)
        {
            // What it would have gained is not needed, or is tried again when the file is opened next.
        }
    }
}
